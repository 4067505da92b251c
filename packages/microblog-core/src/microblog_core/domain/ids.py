"""Identifiers: 64-bit, time-ordered, decimal strings on the wire.

An id is `Unix milliseconds << 16 | counter`. The counter starts at random each millisecond and grows by
one within it, so that one process never gives an id twice; a collision between processes is found by the
unit of work's guard and retried there. Ids commit out of order: page listings by id, never a replay.
"""

from __future__ import annotations

import secrets
import threading
from typing import NewType

AccountId = NewType("AccountId", int)
PostId = NewType("PostId", int)

COUNTER_BITS = 16
COUNTER_MASK = (1 << COUNTER_BITS) - 1
MAX_ID = (1 << 63) - 1


class IdFactory:
    """Gives ids, monotone within the process and safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def at(self, milliseconds: int) -> int:
        """Give an id for this moment (Unix milliseconds), greater than any given for it or later ones."""
        with self._lock:
            fresh = (milliseconds << COUNTER_BITS) | secrets.randbelow(COUNTER_MASK // 2)
            self._last = fresh if fresh > self._last else self._last + 1
            return self._last

    def backdated(self, milliseconds: int) -> int:
        """Give an id for a moment in the past (imports); uniqueness is the unit of work's guard."""
        return (milliseconds << COUNTER_BITS) | secrets.randbelow(COUNTER_MASK + 1)


def milliseconds_of(identifier: int) -> int:
    """Unix milliseconds at which the id was given."""
    return identifier >> COUNTER_BITS


def parse_id(text: str) -> int | None:
    """Read a decimal id from the wire; None for anything that can't be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    value = int(text)
    return value if 0 < value <= MAX_ID and str(value) == text else None
