"""A cache whose drops reach the other processes through Redis. The values stay where they are used: reading
them must not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from microblog_core.ports.cache import Cache, Fill
from microblog_plugins.redis.link import Link, Told


class RedisCache:
    """A `ports.cache.Cache` around that of the process.

    While the others can't be heard, nothing is taken from it unless `told_otherwise`: the storage itself then
    says what they changed.
    """

    def __init__(self, inner: Cache, link: Link, told_otherwise: Callable[[], bool]) -> None:
        self._inner = inner
        self._link = link
        self._told_otherwise = told_otherwise
        link.on_told.append(self._hear)
        link.on_joined.append(inner.clear)

    def get(self, key: str) -> object | None:
        """The value, or None."""
        if not self._link.joined.is_set() and not self._told_otherwise():
            return None
        return self._inner.get(key)

    def fill(self) -> Fill:
        """Begin to compute a value."""
        return self._inner.fill()

    def drop(self, tags: Iterable[str]) -> None:
        """Forget every value that carries one of these tags, here at once and elsewhere soon."""
        tags = tuple(tags)
        self._inner.drop(tags)
        if tags:
            self._link.say(keys=tags)

    def clear(self) -> None:
        """Forget everything, here."""
        self._inner.clear()

    def _hear(self, told: Told) -> None:
        if told.clear:
            self._inner.clear()
        elif told.keys:
            self._inner.drop(told.keys)
