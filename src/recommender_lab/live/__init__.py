"""The whole circle at once: a service, simulated users over HTTP, and the cycle after each simulated day."""
