"""Log-in at OpenID Connect providers. Its public face is the plugin, found by its entry points; the other
modules here belong to one another.
"""
