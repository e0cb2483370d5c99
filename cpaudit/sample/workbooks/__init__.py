"""What the offices of a province send about a world: tables, and the files in which they send them."""
