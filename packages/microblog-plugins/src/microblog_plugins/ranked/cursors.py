"""Cursors of ranked pages: which order, and how far in it. They look like ids that nobody has."""

from __future__ import annotations

import msgspec

_MARK = 1 << 62
_PLACE_BITS = 16


class Place(msgspec.Struct, frozen=True):
    """The `index` of an entry in the order that was made at `moment` (Unix milliseconds)."""

    moment: int
    index: int


def cursor_of(place: Place) -> int:
    """The cursor of a place."""
    return _MARK | place.moment << _PLACE_BITS | place.index


def place_of(cursor: int | None) -> Place | None:
    """The place that a cursor names; None for an id."""
    if cursor is None or cursor < _MARK:
        return None
    bare = cursor ^ _MARK
    return Place(bare >> _PLACE_BITS, bare & ((1 << _PLACE_BITS) - 1))
