"""Markdown in posts and profiles. Its public face is the plugin; the other modules here belong to one
another.
"""
