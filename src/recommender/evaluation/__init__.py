"""How recommendations are measured; does not use models."""
