"""Singleton: a class with one instance, whoever asks.

Not for what tests or tenants want twice: a global can't be replaced, closed and opened again, or be another
one for another customer. Then make the object once where the program is put together, and hand it on.
Python's plainest singleton is a module: it is imported once.
"""

from __future__ import annotations

import threading
from typing import ClassVar, Self


class Singleton:
    """Every call gives the same object. Derive from it; each class has an instance of its own.

    Mind `__init__`: Python runs it at every call. What has to be set up once belongs into `set_up`.
    """

    _instance: ClassVar[Singleton | None] = None
    # Two threads that ask first at the same time must not make two.
    _lock: ClassVar[threading.RLock] = threading.RLock()

    def __new__(cls) -> Self:
        with Singleton._lock:
            found = cls.__dict__.get("_instance")
            if not isinstance(found, cls):
                found = super().__new__(cls)
                found.set_up()
                # Only now: one whose setting up failed is not kept.
                cls._instance = found
            return found

    def set_up(self) -> None:
        """Called once, when the instance is made."""


class Registry(Singleton):
    """A register that everybody shares."""

    names: list[str]

    def set_up(self) -> None:
        """Begin empty."""
        self.names = []
