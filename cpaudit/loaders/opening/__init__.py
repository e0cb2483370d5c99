"""Bytes → sheets: any file that is read becomes grids of cells."""
