"""Questions put to a data set, each a plain function with a tidy result; codes, not labels."""
