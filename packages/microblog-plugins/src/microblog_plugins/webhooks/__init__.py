"""Web hooks. Its public face is the plugin, found by its entry point, and `verify` for whoever receives them;
the other modules here belong to one another.
"""
