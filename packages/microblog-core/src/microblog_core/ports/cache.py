"""The cache: values under keys, each tagged with what they show, dropped by tag when that changes.

Invalidation is by events, never by waiting. A value that was computed while one of its tags was dropped is
not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

V = TypeVar("V")


class Fill(Protocol):
    """Opened before reading what a value is made of; `put` keeps the value unless a tag was dropped since."""

    def put(self, key: str, value: object, tags: Iterable[str], size: int = 0) -> None:
        """Keep a value; `size` in bytes counts against the cache's limit."""
        ...


class Cache(Protocol):
    """One per site and process. Bounded: what was used least recently goes first."""

    def get(self, key: str) -> object | None:
        """The value, or None."""
        ...

    def fill(self) -> Fill:
        """Begin to compute a value."""
        ...

    def drop(self, tags: Iterable[str]) -> None:
        """Forget every value that carries one of these tags."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...
