"""What stands for Windows on a machine that isn't."""
