"""Pages in notebooks: shown, stored, and read back."""
