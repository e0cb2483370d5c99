"""Mistakes as offices make them, planted on purpose and written down."""
