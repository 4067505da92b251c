"""Rules against spam. Its public face is the plugin; the other modules here belong to one another."""
