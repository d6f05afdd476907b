"""Experiments on the recommender; nothing in `recommender` imports it."""
