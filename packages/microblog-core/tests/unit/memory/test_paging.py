"""Cutting pages in memory, against the definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut, mapped

IDS = st.sets(st.integers(1, 30), max_size=15)
BOUND = st.none() | st.integers(0, 31)


@given(IDS, st.integers(1, 8), BOUND, BOUND, BOUND)
def test_a_page_is_what_its_definition_says(found, limit, max_id, since_id, min_id) -> None:
    listing = cut(found, Page(limit, max_id, since_id, min_id), lambda item: item)
    items = list(listing.items)
    inside = {
        item
        for item in found
        if (max_id is None or item < max_id) and item > (since_id or 0) and item > (min_id or 0)
    }
    assert items == sorted(items, reverse=True)
    assert set(items) <= inside
    assert len(items) == min(limit, len(inside))
    left_out = inside - set(items)
    if items and left_out:
        assert min(left_out) > items[0] if min_id is not None else max(left_out) < items[-1]
    assert listing.older == (items[-1] if items and min(found) < items[-1] else None)
    assert listing.newer == (items[0] if items and max(found) > items[0] else None)


def test_a_page_of_other_items_has_the_same_cursors() -> None:
    assert mapped(Listing(items=(3, 2), older=2, newer=3), str) == Listing(items=("3", "2"), older=2, newer=3)
