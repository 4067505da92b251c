"""Emoji reactions to posts, as a plugin for Microblog."""
