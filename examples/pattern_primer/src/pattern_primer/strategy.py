"""Strategy: several ways to do the same thing behind one shape; who uses it does not know which one it has.

In Python a function is strategy enough where there is one thing to do.

Not for two cases that will stay two: an `if` shows both in one place. And not where the ways need different
things to be told: then they are not ways to do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Post:
    """A post: its text, when it was written (any number that grows), and how many like it."""

    text: str
    written: int
    favourites: int


Order = Callable[[Sequence[Post]], Sequence[Post]]
"""A strategy: the posts in the order in which somebody reads them."""


def newest_first(posts: Sequence[Post]) -> Sequence[Post]:
    """By time alone."""
    return sorted(posts, key=lambda post: -post.written)


def popular_first(posts: Sequence[Post]) -> Sequence[Post]:
    """What most people like, and among equals the newest."""
    return sorted(posts, key=lambda post: (-post.favourites, -post.written))


class Timeline:
    """A timeline that is read by any strategy; it can be changed while the program runs."""

    def __init__(self, posts: Sequence[Post], order: Order = newest_first) -> None:
        self._posts = tuple(posts)
        self.order = order

    def read(self, limit: int = 20) -> Sequence[Post]:
        """The first `limit` posts."""
        return self.order(self._posts)[:limit]
