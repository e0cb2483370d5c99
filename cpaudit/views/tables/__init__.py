"""Analyses made readable: Chinese headings, codes turned into labels."""
