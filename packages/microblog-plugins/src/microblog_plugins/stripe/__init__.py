"""Stripe. Its public face is the plugin, found by its entry point; the modules here belong to one another."""
