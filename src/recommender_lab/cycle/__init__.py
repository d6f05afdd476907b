"""From what the service received to the next bundle in use."""
