"""Mastodon.py: a library, so each check calls its methods. It need not be installed to import this."""

from __future__ import annotations

from . import accounts, collections, logging_in, posts, reading, streaming
from .logging_in import log_in
from .setup import CHECKS

__all__ = ["CHECKS", "accounts", "collections", "log_in", "logging_in", "posts", "reading", "streaming"]
