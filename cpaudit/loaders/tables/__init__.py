"""Rows → the tidy tables."""
