"""Scoring where the data live: one expression over frames."""
