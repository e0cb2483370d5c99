"""What is read well but can hardly be true, within and across cells and tables."""
