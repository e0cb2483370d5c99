"""The commands about the machine itself: tried out at once, started by a click, run at set times, carried to another."""
