"""Tells apps how long posts take to read."""
