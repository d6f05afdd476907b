"""Sources of candidates: each scores all items for a request."""
