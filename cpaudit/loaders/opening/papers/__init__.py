"""Word documents and PDF files → grids."""
