"""What an indicator system's file can say, read strictly."""
