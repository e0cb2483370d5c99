"""Pages become HTML, notebook output, widgets, text and workbooks here: one module per medium."""
