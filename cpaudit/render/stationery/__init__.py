"""The office's own paper: its Word and Typst templates, made harmless, and the house's that stand where it has none."""
