"""A simulated A/B test: who is served by which policy, what it shows, and what it would have shown at other times."""
