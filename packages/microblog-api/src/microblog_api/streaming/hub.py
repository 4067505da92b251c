"""Who listens to what in this process, one hub for each site: the streams of clients, by what they are for,
and the end of those whose token has ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from microblog_api.streaming.messages import Message
from microblog_api.streaming.names import DIRECT, LIST, USER, USER_NOTIFICATION, Stream
from microblog_core.domain.events import Event
from microblog_core.http.hubs import EventHub, Index
from microblog_core.http.streams import POLICY, Feed
from microblog_core.services.streaming import living_tokens

if TYPE_CHECKING:
    from microblog_core.site import Site


class Client:
    """One connection: what it listens to, and how. `base` begins the addresses that it is sent; `viewer` is
    an account id, None for anonymous; `token` is the token's id, if there is one; `known` says whether who
    came by other credentials may go on.
    """

    __slots__ = ("base", "feed", "hears_notifications", "known", "streams", "token", "viewer", "web_socket")

    def __init__(
        self,
        *,
        base: str,
        viewer: int | None,
        token: int | None,
        hears_notifications: bool,
        web_socket: bool,
        known: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.base = base
        self.viewer = viewer
        self.token = token
        self.hears_notifications = hears_notifications
        self.web_socket = web_socket
        self.known = known
        self.feed = Feed()
        self.streams: dict[tuple[str, str], Listener] = {}


class Listener:
    """A client's interest in one stream."""

    __slots__ = ("client", "list_id", "stream")

    def __init__(self, client: Client, stream: Stream, list_id: int) -> None:
        self.client = client
        self.stream = stream
        self.list_id = list_id

    def tell(self, message: Message) -> None:
        """Send a message."""
        client = self.client
        client.feed.put(message.text(self.stream) if client.web_socket else message.server_event())


Tell = Callable[["Hub", Any], Awaitable[None]]


class Hub(EventHub[Client]):
    """The listeners of one site. `tells` says what to do with which type of event; one is told after the
    other.
    """

    def __init__(self, site: Site, tells: Mapping[type[Event], Tell]) -> None:
        super().__init__(site, tells)
        self.home: Index[int, Listener] = Index()
        self.told: Index[int, Listener] = Index()
        self.direct: Index[int, Listener] = Index()
        self.lists: Index[int, Listener] = Index()
        self.owners: dict[int, int] = {}
        self.public: Index[int | None, Listener] = Index()
        self.tags: dict[str, Index[int | None, Listener]] = {}

    def leave(self, client: Client) -> None:
        """A client goes with all that it listened to; the last one stops the hub."""
        for listener in tuple(client.streams.values()):
            self.unsubscribe(listener)
        super().leave(client)

    def subscribe(self, client: Client, stream: Stream, list_id: int = 0) -> None:
        """The client listens to a stream, too; again changes nothing. Whether it may was asked before."""
        key = (stream.name, stream.value)
        if key in client.streams:
            return
        listener = client.streams[key] = Listener(client, stream, list_id)
        for index, what in self._places(listener):
            index.add(what, listener)
        if stream.name == LIST and client.viewer is not None:
            self.owners[list_id] = client.viewer

    def unsubscribe(self, listener: Listener) -> None:
        """The client listens to it no more."""
        stream = listener.stream
        listener.client.streams.pop((stream.name, stream.value), None)
        for index, what in self._places(listener):
            index.discard(what, listener)
        if stream.tag and not self.tags.get(stream.tag):
            self.tags.pop(stream.tag, None)
        if stream.name == LIST and listener.list_id not in self.lists:
            self.owners.pop(listener.list_id, None)

    def _places(
        self, listener: Listener
    ) -> Iterator[tuple[Index[int, Listener] | Index[int | None, Listener], int]]:
        client, stream = listener.client, listener.stream
        viewer: int = client.viewer  # type: ignore[assignment]
        if stream.name == USER:
            yield self.home, viewer
        if stream.name == USER_NOTIFICATION or (stream.name == USER and client.hears_notifications):
            yield self.told, viewer
        if stream.name == DIRECT:
            yield self.direct, viewer
        if stream.name == LIST:
            yield self.lists, listener.list_id
        if stream.tag:
            yield self.tags.setdefault(stream.tag, Index()), viewer
        elif not stream.own and not stream.empty:
            yield self.public, viewer

    async def check(self) -> None:
        """End the streams of tokens that were revoked, or whose account may not log in any more, and of other
        credentials that are no longer good.
        """
        for client in tuple(self._clients):
            if client.known is not None and not await client.known():
                client.feed.end(POLICY)
        shown = {client.token for client in self._clients if client.token is not None}
        if not shown:
            return
        living = await living_tokens(self.site.ports, shown)
        for client in tuple(self._clients):
            if client.token is not None and client.token in shown and client.token not in living:
                client.feed.end(POLICY)
