"""What the plausibility analysis rests on: leads, numbers, tests."""
