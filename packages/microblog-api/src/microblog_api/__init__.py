"""The REST API: the surface that Mastodon clients talk to."""

__version__ = "0.1.0"
