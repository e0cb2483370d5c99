"""Questions about options and their benefits that go further than the sums."""
