"""Empty workbooks for units to fill in."""
