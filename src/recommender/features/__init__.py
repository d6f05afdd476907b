"""What the ranker sees of a candidate, in groups."""
