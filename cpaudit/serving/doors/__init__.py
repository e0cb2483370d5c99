"""Who gets in, and what and how much may pass: rights, the log-in, the gate of a page's socket, each user's allowance."""
