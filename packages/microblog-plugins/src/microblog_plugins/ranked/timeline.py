"""The strategy: pages for people in the order of what matters, for programs what the strategy below gives.

An order is made when the first page is read, and kept, so that further pages neither repeat nor miss a post
while scores change; only ids are kept, and what may be seen is asked anew. A process that doesn't have it
makes it anew as of the same moment. Behind the last of its posts the timeline goes on by time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.domain.posts import Delivery, Entry, Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Operation
from microblog_core.ports.storage import Storage
from microblog_core.ports.timelines import TimelineStrategy
from microblog_plugins.ranked.closeness import closeness_of
from microblog_plugins.ranked.cursors import Place, cursor_of, place_of
from microblog_plugins.ranked.scoring import HOUR, ranked
from microblog_plugins.ranked.settings import RankedSettings

_ID_SIZE = 40


class Order(msgspec.Struct, frozen=True):
    """Entries by id, best first, made at `moment`. Older than `floor` is what comes behind them."""

    moment: int
    ids: tuple[int, ...]
    floor: int


class Ranked:
    """An `OrderedTimeline` over another strategy."""

    name = "ranked"

    def __init__(
        self, settings: RankedSettings, base: Callable[[], TimelineStrategy], ports: Callable[[], Ports]
    ) -> None:
        self._settings, self._base, self._ports = settings, base, ports

    def delivery(self, author: Account) -> Delivery:
        """As the strategy below."""
        return self._base().delivery(author)

    def on_publish(self, post: Post, author: Account, now: int, job_id: int) -> Sequence[Operation]:
        """As the strategy below."""
        return self._base().on_publish(post, author, now, job_id)

    def on_follow(self, follower_id: int, followee_id: int) -> Sequence[Operation]:
        """As the strategy below."""
        return self._base().on_follow(follower_id, followee_id)

    async def page(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """As the strategy below, newest first: programs page by ids."""
        return await self._base().page(storage, viewer, page)

    async def shown(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """A page in order. Ids in place of cursors give what comes by time before or after them."""
        older, newer = place_of(page.max_id), place_of(page.min_id)
        if older is not None:
            return await self._from(storage, viewer, older.moment, older.index, page.limit)
        if newer is not None:
            first = max(0, newer.index - page.limit)
            return await self._from(storage, viewer, newer.moment, first, page.limit)
        if (page.max_id, page.min_id, page.since_id) != (None, None, None):
            return await self.page(storage, viewer, page)
        return await self._first(storage, viewer, page.limit)

    async def _first(self, storage: Storage, viewer: int, limit: int) -> Listing[Entry]:
        order, entries = await self._make(storage, viewer, self._ports().clock.now(), None)
        return await self._with_rest(storage, viewer, order, 0, entries[:limit], limit)

    async def _from(
        self, storage: Storage, viewer: int, moment: int, first: int, limit: int
    ) -> Listing[Entry]:
        order = self._ports().cache.get(_key(viewer, moment))
        if not isinstance(order, Order):
            moment = min(moment, self._ports().clock.now())
            order, _ = await self._make(storage, viewer, moment, (moment + 1) << COUNTER_BITS)
        entries = await _entries(storage, viewer, order.ids[first : first + limit])
        return await self._with_rest(storage, viewer, order, first, entries, limit)

    async def _with_rest(
        self,
        storage: Storage,
        viewer: int,
        order: Order,
        first: int,
        entries: Sequence[Entry],
        limit: int,
    ) -> Listing[Entry]:
        """A page of the order; on its last one, and behind it, the timeline goes on by time."""
        end = first + limit
        newer = cursor_of(Place(order.moment, min(first, len(order.ids)))) if first else None
        if end < len(order.ids):
            return Listing(tuple(entries), cursor_of(Place(order.moment, end)), newer)
        missing = end - max(first, len(order.ids))
        behind = Page(limit=max(1, missing), max_id=order.floor or None)
        rest = await self.page(storage, viewer, behind)
        if missing:
            return Listing((*entries, *rest.items), rest.older, newer)
        return Listing(tuple(entries), order.floor if rest.items else None, newer)

    async def _make(
        self, storage: Storage, viewer: int, moment: int, before: int | None
    ) -> tuple[Order, Sequence[Entry]]:
        """The order as of a moment, and its entries; of ids below `before`."""
        settings, ports = self._settings, self._ports()
        fill = ports.cache.fill()
        since = max(1, round(moment - settings.hours * HOUR))
        window = Page(limit=settings.candidates, max_id=before, since_id=since << COUNTER_BITS)
        candidates = (await self.page(storage, viewer, window)).items
        closeness = await closeness_of(ports, viewer, moment) if settings.closeness else {}
        entries = ranked(candidates, closeness, moment, settings)
        floor = min((entry.id for entry in candidates), default=0)
        order = Order(moment, tuple([entry.id for entry in entries]), floor)
        fill.put(_key(viewer, moment), order, (), size=_ID_SIZE * len(order.ids))
        return order, entries


def _key(viewer: int, moment: int) -> str:
    return f"ranked.order:{viewer}:{moment}"


async def _entries(storage: Storage, viewer: int, ids: Sequence[int]) -> Sequence[Entry]:
    """Those entries that a listing may still show the viewer."""
    entries = await storage.posts.get_many(viewer, ids)
    people = {
        person.id for entry in entries for person in (entry.author, entry.boosted_by) if person is not None
    }
    relations = await storage.relations.get(viewer, tuple(people - {viewer}))
    hidden = {other for other, relation in relations.items() if relation.blocking or relation.muting}
    return [
        entry
        for entry in entries
        if entry.author.id not in hidden and (entry.boosted_by is None or entry.boosted_by.id not in hidden)
    ]
