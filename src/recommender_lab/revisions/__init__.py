"""Two revisions of the project on the same users: what moved, and whether it is noise."""
