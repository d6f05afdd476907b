"""A recommender in use over many rounds: a replay of the real log, and a feedback loop with simulated users."""
