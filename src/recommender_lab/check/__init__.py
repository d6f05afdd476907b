"""Looks at what would stop a run half-way, before anything of the last run is removed."""
