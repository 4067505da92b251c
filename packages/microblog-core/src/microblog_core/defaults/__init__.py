"""The built-in plugins: what a site does before anybody adds anything. They come in through the same hooks as
strangers.
"""
