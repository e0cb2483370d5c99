"""Where a batch's tasks run: processes forked from a warm parent, or a cluster."""
