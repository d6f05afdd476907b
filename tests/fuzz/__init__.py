"""Damaged files for every reader: only documented errors may come out, and no row is lost or changed in silence."""
