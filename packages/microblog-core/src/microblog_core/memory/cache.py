"""The cache of one process: bounded in bytes, least recently used first, dropped by tag."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import msgspec

MAX_BYTES = 24 << 20
"""So much by default: with what a small site takes anyway, the process stays under 150 MB."""
OVERHEAD = 256
"""Bytes that every entry counts beside its own size, so that values of unknown size are bounded too."""
TAG_OVERHEAD = 300
"""The same for every tag of an entry: its text and the set of keys under it."""


class _Item(msgspec.Struct, frozen=True):
    value: object
    tags: tuple[str, ...]
    size: int


class _Fill:
    """A computation that began at one generation of the cache."""

    def __init__(self, cache: MemoryCache, generation: int) -> None:
        self._cache = cache
        self._generation = generation

    def put(self, key: str, value: object, tags: Iterable[str], size: int = 0) -> None:
        """Keep the value, unless one of its tags was dropped since the computation began."""
        self._cache.keep(key, value, tuple(tags), size, self._generation)


class MemoryCache:
    """A `ports.cache.Cache` for use in one event loop.

    Every `drop` is a new generation. The cache remembers the generation in which each tag was last dropped,
    for the `max_drops` tags dropped last; a computation that is older than that memory is not kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, *, max_drops: int = 10_000) -> None:
        self._max_bytes = max_bytes
        self._max_drops = max_drops
        self._items: OrderedDict[str, _Item] = OrderedDict()
        self._keys_of: dict[str, set[str]] = {}
        self._size = 0
        self._generation = 0
        self._dropped: OrderedDict[str, int] = OrderedDict()
        self._oldest_known = 0

    @property
    def size(self) -> int:
        """Bytes in use, as counted."""
        return self._size

    def get(self, key: str) -> object | None:
        """The value, or None; using it keeps it longer."""
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item.value

    def fill(self) -> _Fill:
        """Begin to compute a value; open it before reading what the value is made of."""
        return _Fill(self, self._generation)

    def keep(self, key: str, value: object, tags: tuple[str, ...], size: int, generation: int) -> None:
        """Keep a value whose computation began at `generation`, if it is still right."""
        if generation < self._oldest_known or any(self._dropped.get(tag, 0) > generation for tag in tags):
            return
        self._forget(key)
        noted = sum(map(len, tags)) + TAG_OVERHEAD * len(tags)
        item = _Item(value, tags, OVERHEAD + len(key) + noted + max(size, 0))
        if item.size > self._max_bytes:
            return
        self._items[key] = item
        self._size += item.size
        for tag in tags:
            self._keys_of.setdefault(tag, set()).add(key)
        while self._size > self._max_bytes:
            self._forget(next(iter(self._items)))

    def drop(self, tags: Iterable[str]) -> None:
        """Forget every value that carries one of these tags, and what is being computed with them."""
        self._generation += 1
        for tag in tags:
            self._dropped[tag] = self._generation
            self._dropped.move_to_end(tag)
            for key in tuple(self._keys_of.get(tag, ())):
                self._forget(key)
        while len(self._dropped) > self._max_drops:
            self._oldest_known = self._dropped.popitem(last=False)[1]

    def clear(self) -> None:
        """Forget everything, and everything that is being computed."""
        self._generation += 1
        self._oldest_known = self._generation
        self._items.clear()
        self._keys_of.clear()
        self._dropped.clear()
        self._size = 0

    def _forget(self, key: str) -> None:
        item = self._items.pop(key, None)
        if item is None:
            return
        self._size -= item.size
        for tag in set(item.tags):
            keys = self._keys_of[tag]
            keys.discard(key)
            if not keys:
                del self._keys_of[tag]
