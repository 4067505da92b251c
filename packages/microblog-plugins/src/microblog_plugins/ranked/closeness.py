"""With whom somebody has to do: whom they favourited, boosted and answered lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from microblog_core.domain.timelines import PAGE_MAX, Page
from microblog_core.ports.context import Ports

FRESH = 30 * 60 * 1000
"""So many milliseconds it is not counted anew."""
_SIZE = 80


class Known(msgspec.Struct, frozen=True):
    """How often, by account, as of a moment."""

    at: int
    times: Mapping[int, int]


async def closeness_of(ports: Ports, viewer: int, now: int) -> Mapping[int, int]:
    """How often the viewer had to do with each account, in their last `PAGE_MAX` favourites and as many posts
    and boosts. Counted at most every half an hour.
    """
    key = f"ranked.closeness:{viewer}"
    known = ports.cache.get(key)
    if isinstance(known, Known) and 0 <= now - known.at < FRESH:
        return known.times
    fill = ports.cache.fill()
    page = Page(limit=PAGE_MAX)
    times: Counter[int] = Counter()
    for marked in (await ports.storage.marks.favourites(viewer, page)).items:
        times[marked.entry.author.id] += 1
    for entry in (await ports.storage.timelines.account_posts(viewer, viewer, page)).items:
        other = entry.author.id if entry.boosted_by is not None else entry.post.in_reply_to_account_id
        if other is not None:
            times[other] += 1
    del times[viewer]
    fill.put(key, Known(now, times), (), size=_SIZE * len(times))
    return times
