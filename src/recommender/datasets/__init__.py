"""Where logs come from: downloads, MovieLens and a user's own."""
