"""How recommendations are measured; knows nothing of models."""
