"""Analyses drawn: each figure says its finding in a sentence."""
