"""Processes forked from a warm parent: what they need is loaded once, by a process that has one thread and does nothing else."""
