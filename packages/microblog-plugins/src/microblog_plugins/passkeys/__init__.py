"""Passkeys: as a way to log in, and as a second factor. Its public face is the plugin, found by its entry
points; the other modules here belong to one another.
"""
