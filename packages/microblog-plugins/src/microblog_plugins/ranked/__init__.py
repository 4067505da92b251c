"""A home timeline by what matters to its reader. Its public face is the plugin; the other modules here belong
to one another.
"""
