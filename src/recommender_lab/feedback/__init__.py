"""A recommender in use over many rounds: a replay of the real log, and a closed loop with simulated users."""
