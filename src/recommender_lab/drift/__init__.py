"""Reads the request log: what was served and why, and whether it drifts."""
