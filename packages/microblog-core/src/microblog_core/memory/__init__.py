"""Reference adapters that keep everything in this process: storage, cache, rate limits. Themselves a
plugin.
"""
