"""The service: answers over HTTP, takes events, and swaps to a new bundle without stopping."""
