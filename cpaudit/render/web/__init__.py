"""Pages as HTML and Markdown."""
