"""Who listens to what in this process, one hub for each site.

It lives while anybody listens: then it hears the bus, tells one event after the other in the order of their
commits, looks for what other processes changed, and ends the streams of tokens that have ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from microblog_api.streaming.messages import Message
from microblog_api.streaming.names import DIRECT, LIST, USER, USER_NOTIFICATION, Stream
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.events import Event
from microblog_core.http.streams import POLICY, Feed
from microblog_core.services.streaming import living_tokens

if TYPE_CHECKING:
    from microblog_core.site import Site

K = TypeVar("K")

LOOK_SECONDS = 1.0
"""How often other processes' changes are looked for, where they don't come by themselves."""
CHECK_SECONDS = 3.0
"""How often tokens are checked."""
WAITING_MAX = 10_000
"""Events that may wait to be told; the oldest go when more come."""

_log = logging.getLogger("microblog.streaming")


class Client:
    """One connection: what it listens to, and how. `base` begins the addresses that it is sent; `viewer` is
    an account id, None for anonymous; `token` is the token's id, if there is one.
    """

    __slots__ = ("base", "feed", "hears_notifications", "streams", "token", "viewer", "web_socket")

    def __init__(
        self,
        *,
        base: str,
        viewer: int | None,
        token: int | None,
        hears_notifications: bool,
        web_socket: bool,
    ) -> None:
        self.base = base
        self.viewer = viewer
        self.token = token
        self.hears_notifications = hears_notifications
        self.web_socket = web_socket
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


class Index(Generic[K]):
    """Listeners by what they listen to."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        # As sets that keep their order.
        self._found: dict[K, dict[Listener, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def __iter__(self) -> Iterator[K]:
        return iter(self._found)

    def add(self, key: K, listener: Listener) -> None:
        """This one listens from now on."""
        self._found.setdefault(key, {})[listener] = None

    def discard(self, key: K, listener: Listener) -> None:
        """This one listens no more."""
        listeners = self._found.get(key, {})
        listeners.pop(listener, None)
        if not listeners:
            self._found.pop(key, None)

    def of(self, key: K) -> tuple[Listener, ...]:
        """Who listens to this."""
        return tuple(self._found.get(key, ()))


Tell = Callable[["Hub", Any], Awaitable[None]]


class Hub:
    """The listeners of one site. `tells` says what to do with which type of event; one is told after the
    other.
    """

    def __init__(self, site: Site, tells: Mapping[type[Event], Tell]) -> None:
        self.site = site
        self.home: Index[int] = Index()
        self.told: Index[int] = Index()
        self.direct: Index[int] = Index()
        self.lists: Index[int] = Index()
        self.owners: dict[int, int] = {}
        self.public: Index[int | None] = Index()
        self.tags: dict[str, Index[int | None]] = {}
        self._tells = tells
        self._clients: set[Client] = set()
        self._waiting: deque[Event] = deque(maxlen=WAITING_MAX)
        self._woken = asyncio.Event()
        self._endings: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, client: Client) -> None:
        """A client comes; the first one starts the hub."""
        self._clients.add(client)
        if not self._tasks:
            self._endings.append(self.site.ports.bus.subscribe(Event, self._hear, everywhere=True))
            self._tasks = [
                asyncio.create_task(self._work(), name="streaming: tell"),
                asyncio.create_task(self._look(), name="streaming: look"),
            ]

    def leave(self, client: Client) -> None:
        """A client goes with all that it listened to; the last one stops the hub."""
        for listener in tuple(client.streams.values()):
            self.unsubscribe(listener)
        self._clients.discard(client)
        if not self._clients:
            for end in self._endings:
                end()
            for task in self._tasks:
                task.cancel()
            self._endings, self._tasks = [], []
            self._waiting.clear()

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

    def _places(self, listener: Listener) -> Iterator[tuple[Index[int] | Index[int | None], int]]:
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

    def _hear(self, event: Event) -> None:
        if type(event) in self._tells:
            self._waiting.append(event)
            self._woken.set()

    async def _work(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                event = self._waiting.popleft()
                try:
                    self.site.ports.freshen()
                    await self._tells[type(event)](self, event)
                except Unavailable as error:
                    _log.warning("%s was not told to streams: %s", event.type, error.message)
                except Exception:
                    _log.exception("%s was not told to streams", event.type)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        checked = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.site.ports.freshen()
                if loop.time() - checked >= CHECK_SECONDS:
                    checked = loop.time()
                    await self.check_tokens()
            except Unavailable as error:
                _log.warning("the tokens of streams can't be checked: %s", error.message)
            except Exception:
                _log.exception("the tokens of streams can't be checked")

    async def check_tokens(self) -> None:
        """End the streams of tokens that were revoked, or whose account may not log in any more."""
        shown = {client.token for client in self._clients if client.token is not None}
        if not shown:
            return
        living = await living_tokens(self.site.ports, shown)
        for client in tuple(self._clients):
            if client.token is not None and client.token in shown and client.token not in living:
                client.feed.end(POLICY)
