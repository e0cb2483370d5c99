"""A sheet → its tables: regions, headers, and the layout that they follow."""
