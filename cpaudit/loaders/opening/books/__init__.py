"""Workbooks → grids: what a cell holds, and how it looks where that decides."""
