"""Pages of listings: where they begin and end. No listing skips or repeats what was there all along.

Listings are newest first and page by id (of the post, boost or relation), never by offset.
"""

from __future__ import annotations

import enum
from typing import Generic, TypeVar

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import parse_id

T = TypeVar("T")

PAGE_DEFAULT = 20
PAGE_MAX = 80


class Page(msgspec.Struct, frozen=True):
    """Which part of a listing to read: at most `limit` items with ids in an open interval.

    `max_id`: older than it. `since_id`: newer than it, the newest of them. `min_id`: newer than it, the
    oldest of them (still returned newest first).
    """

    limit: int = PAGE_DEFAULT
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """One page of items, newest first. `older` and `newer` are cursors for `max_id` and `min_id`, None at an
    end.

    `newer` is None on a page that was read without a lower or upper bound: it is the newest.
    """

    items: tuple[T, ...]
    older: int | None = None
    newer: int | None = None


class HomeSource(enum.StrEnum):
    """Where a home timeline is read from.

    `rows`: home rows, with the posts of pulled authors merged in. `follows`: the posts of everybody followed,
    found on reading.
    """

    ROWS = "rows"
    FOLLOWS = "follows"


def page_from(*, limit: int = PAGE_DEFAULT, max_id: str = "", since_id: str = "", min_id: str = "") -> Page:
    """Read a page from text parameters, limits capped at `PAGE_MAX`; raises `Invalid` for what is no id."""
    bounds: dict[str, int | None] = {}
    for name, text in (("max_id", max_id), ("since_id", since_id), ("min_id", min_id)):
        bounds[name] = parse_id(text) if text else None
        if text and bounds[name] is None:
            raise Invalid(fields={name: "Use an id as a listing gave it."})
    return Page(limit=max(1, min(limit, PAGE_MAX)), **bounds)
