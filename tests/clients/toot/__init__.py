"""toot: a program, so each check runs its commands, with a configuration folder for each person."""

from __future__ import annotations

from . import accounts, posts, reading
from .setup import CHECKS, log_in

__all__ = ["CHECKS", "accounts", "log_in", "posts", "reading"]
