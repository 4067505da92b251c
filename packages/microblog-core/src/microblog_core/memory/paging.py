"""Cutting one page out of a listing, with exact cursors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from microblog_core.domain.timelines import Listing, Page

T = TypeVar("T")
U = TypeVar("U")


def cut(items: Iterable[T], page: Page, id_of: Callable[[T], int]) -> Listing[T]:
    """The page of a listing whose items are all given, in any order."""
    ordered = sorted(items, key=id_of, reverse=True)
    floor = max(page.since_id or 0, page.min_id or 0)
    inside = [
        item for item in ordered if id_of(item) > floor and (page.max_id is None or id_of(item) < page.max_id)
    ]
    chosen = inside[: page.limit] if page.min_id is None else inside[-page.limit :]
    if not chosen:
        return Listing(items=())
    first, last = id_of(chosen[0]), id_of(chosen[-1])
    return Listing(
        items=tuple(chosen),
        older=last if id_of(ordered[-1]) < last else None,
        newer=first if id_of(ordered[0]) > first else None,
    )


def mapped(listing: Listing[T], make: Callable[[T], U]) -> Listing[U]:
    """The same page with other items."""
    return Listing(items=tuple(map(make, listing.items)), older=listing.older, newer=listing.newer)
