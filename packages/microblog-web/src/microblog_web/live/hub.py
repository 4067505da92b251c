"""Who has which timeline open in this process, and who is told of what: one hub for each site.

An event costs one statement that says whom it is for, and one read of the post, however many listen. The
statement is that of streams (`ports.streaming`), so a page is never told of what its reader would not see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from microblog_core.domain.events import (
    Event,
    NotificationCreated,
    PostBoosted,
    PostDeleted,
    PostPublished,
    PostUnboosted,
)
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry
from microblog_core.http.hubs import EventHub, Index
from microblog_core.http.streams import Feed, ServerEvent
from microblog_core.ports.streaming import Audience, Listening, Shown
from microblog_core.services import streaming
from microblog_core.services.notifications import count_unread
from microblog_core.services.sessions import resume_session
from microblog_web.live.timelines import Kind, Timeline

if TYPE_CHECKING:
    from microblog_core.site import Site


class Reader:
    """One open page. `token` is that of its session, empty for visitors."""

    __slots__ = ("actor", "feed", "timeline", "token")

    def __init__(self, actor: Actor, timeline: Timeline, token: str) -> None:
        self.actor = actor
        self.timeline = timeline
        self.token = token
        self.feed = Feed()

    def tell_post(self, entry_id: int) -> None:
        """There is a new entry in the timeline; the id comes back when the browser connects again."""
        self.feed.put(ServerEvent(event="post", data=str(entry_id), id=str(entry_id)))

    def tell_unread(self, number: int) -> None:
        """So many notifications are new."""
        self.feed.put(ServerEvent(event="unread", data=str(number)))


class Hub(EventHub[Reader]):
    """The open pages of one site."""

    def __init__(self, site: Site) -> None:
        super().__init__(site, TELLS)
        self.timelines: Index[Timeline, Reader] = Index()
        self.people: Index[int, Reader] = Index()

    def join(self, client: Reader) -> None:
        """A page opens."""
        super().join(client)
        self.timelines.add(client.timeline, client)
        if client.actor.id is not None:
            self.people.add(client.actor.id, client)

    def leave(self, client: Reader) -> None:
        """A page is closed."""
        self.timelines.discard(client.timeline, client)
        if client.actor.id is not None:
            self.people.discard(client.actor.id, client)
        super().leave(client)

    async def check(self) -> None:
        """End the streams of sessions that have ended, or whose account may not log in any more. The storage
        is asked only where nothing tells of its changes.
        """
        for token in {client.token for client in self._clients if client.token}:
            if await resume_session(self.site.ports, token) is None:
                for client in tuple(self._clients):
                    if client.token == token:
                        client.feed.end()


async def tell_published(hub: Hub, event: PostPublished) -> None:
    """Tell of a new post."""
    await _tell_line(hub, event.account_id, event.post_id)


async def tell_boosted(hub: Hub, event: PostBoosted) -> None:
    """Tell of a boost."""
    await _tell_line(hub, event.account_id, event.boost_id)


async def tell_deleted(hub: Hub, event: PostDeleted) -> None:
    """Tell those whom the post may have been for that it is gone."""
    await _tell_gone(hub, event, event.post_id)


async def tell_unboosted(hub: Hub, event: PostUnboosted) -> None:
    """The same of a boost."""
    if event.boost_id is not None:
        await _tell_gone(hub, event, event.boost_id)


async def tell_notification(hub: Hub, event: NotificationCreated) -> None:
    """Tell somebody's pages how many notifications are new now."""
    readers, ports = hub.people.of(event.account_id), hub.site.ports
    if readers and await streaming.read_told(ports, event.account_id, event.notification_id) is not None:
        number = await count_unread(ports, readers[0].actor)
        for reader in readers:
            reader.tell_unread(number)


TELLS: Mapping[type[Event], Callable[[Any, Any], Awaitable[None]]] = MappingProxyType(
    {
        PostPublished: tell_published,
        PostBoosted: tell_boosted,
        PostDeleted: tell_deleted,
        PostUnboosted: tell_unboosted,
        NotificationCreated: tell_notification,
    }
)


async def _tell_line(hub: Hub, account_id: int, line_id: int) -> None:
    ports = hub.site.ports
    if all(timeline.kind is Kind.NONE for timeline in hub.timelines):
        return
    entry = await streaming.read_line(ports, account_id, line_id)
    if entry is None:
        return
    places = [timeline for timeline in hub.timelines if timeline.holds(entry)]
    readers = [reader for timeline in places for reader in hub.timelines.of(timeline)]
    if not readers:
        return
    audience = await streaming.read_audience(ports, line_id, _listening(readers))
    hidden: dict[tuple[int, FilterContext], bool] = {}
    for reader in readers:
        shown = _shown(audience, reader)
        if shown is not None and not await _is_hidden(hub, reader, entry, shown, hidden):
            reader.tell_post(entry.id)


async def _tell_gone(hub: Hub, event: PostDeleted | PostUnboosted, line_id: int) -> None:
    readers = [
        reader
        for timeline in hub.timelines
        if timeline.kind is not Kind.NONE
        for reader in hub.timelines.of(timeline)
    ]
    listening = _listening(readers)
    if not listening:
        return
    audience = await streaming.read_reach(hub.site.ports, event, listening)
    gone = ServerEvent(event="gone", data=str(line_id))
    for reader in readers:
        if _shown(audience, reader) is not None:
            reader.feed.put(gone)


def _listening(readers: list[Reader]) -> Listening:
    """Whom the storage is asked about. Who has one person's page open sees there what a public listing or
    their own home timeline would show; what neither would is not told of.
    """
    home, public, lists, anonymous = set[int](), set[int](), dict[int, int](), False
    for reader in readers:
        viewer, timeline = reader.actor.id, reader.timeline
        if viewer is None:
            anonymous = True
        elif timeline.kind is Kind.LIST:
            lists[int(timeline.value)] = viewer
        else:
            if timeline.kind is Kind.HOME or timeline.of_account:
                home.add(viewer)
            if timeline.kind is not Kind.HOME:
                public.add(viewer)
    return Listening(home=home, public=public, anonymous=anonymous, lists=lists)


def _shown(audience: Audience, reader: Reader) -> Shown | None:
    viewer, timeline = reader.actor.id, reader.timeline
    if viewer is None:
        return audience.anonymous
    if timeline.kind is Kind.LIST:
        return audience.lists.get(int(timeline.value))
    if timeline.kind is Kind.HOME:
        return audience.home.get(viewer)
    shown = audience.public.get(viewer)
    return shown or audience.home.get(viewer) if timeline.of_account else shown


async def _is_hidden(
    hub: Hub, reader: Reader, entry: Entry, shown: Shown, known: dict[tuple[int, FilterContext], bool]
) -> bool:
    """Whether a filter of the reader's leaves the entry out."""
    viewer = reader.actor.id
    if viewer is None or not shown.filters:
        return False
    key = (viewer, reader.timeline.context)
    if key not in known:
        found = await streaming.filtered(hub.site.ports, viewer, entry, reader.timeline.context)
        known[key] = found is None
    return known[key]
