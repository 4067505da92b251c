"""A storage plugin for Microblog on LMDB."""
