"""Why an item is recommended, in words."""
