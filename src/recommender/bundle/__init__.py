"""What serving needs, loaded and checked; `recommend()`."""
