"""The sections of work reports: each writes its sentences, figures and tables from the same values of the same data."""
