"""One question, one page: a pure function of a data set and a selection."""
