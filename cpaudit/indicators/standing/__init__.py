"""Scoring in memory, and every question about one plant."""
