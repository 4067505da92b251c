"""Link previews. Its public face is the plugin, found by its entry point; the other modules here belong to
one another.
"""
