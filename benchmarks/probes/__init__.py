"""The bare probes: what Litestar on the same server can do when there is nothing of Microblog in between."""
