"""What the analyses rest on: milestones, standings, verdicts, steps, kept once per data set."""
