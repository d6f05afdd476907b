"""The ranking dataset and the ranker that learns from it."""
