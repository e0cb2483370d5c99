"""The processes that pages run in: forked from a warm parent, given turns, watched and ended."""
