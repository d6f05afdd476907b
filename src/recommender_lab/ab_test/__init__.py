"""A simulated A/B test: assignment of users to policies, its results, and the same test with other salts."""
