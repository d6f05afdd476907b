"""What the ranker uses of a candidate, in groups."""
