"""Archives of accounts in Mastodon's format (https://docs.joinmastodon.org/user/moving/#export): writing and
reading them, a piece at a time.
"""
