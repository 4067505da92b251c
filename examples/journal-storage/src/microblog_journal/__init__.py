"""A storage plugin for Microblog: memory, and an append-only file of every commit."""
