"""Whose row it is: a plant's identity, by code, name or decision."""
