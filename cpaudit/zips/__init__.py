"""Zip archives from elsewhere, for whoever opens them."""
