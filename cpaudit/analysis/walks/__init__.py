"""What the forecast rests on: clocks, the steps that were taken by them, the chances that follow."""
