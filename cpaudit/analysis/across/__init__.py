"""Questions that take the answers of several analyses."""
