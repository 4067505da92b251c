"""How often people post. Its public face is the plugin; the other modules here belong to one another."""
