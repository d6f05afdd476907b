"""What was served to which user, as lines."""
