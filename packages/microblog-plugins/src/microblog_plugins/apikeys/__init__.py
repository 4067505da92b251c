"""API keys: what people give programs of their own, in place of an application's access token. Its public
face is the plugin, found by its entry points; the other modules here belong to one another.
"""
