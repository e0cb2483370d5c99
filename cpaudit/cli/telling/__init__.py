"""The commands that tell units how they stand: digests written and, apart from that, messages sent."""
