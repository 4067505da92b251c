"""The REST API: the surface that Mastodon clients talk to."""
