"""The request log: what was served to whom and why, and whether it drifts."""
