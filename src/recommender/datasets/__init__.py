"""Downloads and prepares logs: MovieLens or a user's own."""
