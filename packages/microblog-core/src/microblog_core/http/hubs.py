"""What streams of any surface have in common: a hub for each site and process, which works while somebody
listens.

It hears the bus, tells one event after the other in the order of their commits, looks for what other
processes changed, and checks now and then who may go on listening. Whom an event is for, and what they are
told, is the surface's part.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from microblog_core.domain.errors import Unavailable
from microblog_core.domain.events import Event

if TYPE_CHECKING:
    from microblog_core.site import Site

C = TypeVar("C")
K = TypeVar("K", bound=Hashable | None)
L = TypeVar("L", bound=Hashable)

LOOK_SECONDS = 1.0
"""How often other processes' changes are looked for, where they don't come by themselves."""
CHECK_SECONDS = 3.0
"""How often a hub checks who may go on listening."""
WAITING_MAX = 10_000
"""Events that may wait to be told; the oldest go when more come."""

_log = logging.getLogger("microblog.streaming")


class Index(Generic[K, L]):
    """Listeners by what they listen to."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        # As sets that keep their order.
        self._found: dict[K, dict[L, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def __iter__(self) -> Iterator[K]:
        return iter(self._found)

    def add(self, key: K, listener: L) -> None:
        """This one listens from now on."""
        self._found.setdefault(key, {})[listener] = None

    def discard(self, key: K, listener: L) -> None:
        """This one listens no more."""
        listeners = self._found.get(key, {})
        listeners.pop(listener, None)
        if not listeners:
            self._found.pop(key, None)

    def of(self, key: K) -> tuple[L, ...]:
        """Who listens to this."""
        return tuple(self._found.get(key, ()))


class EventHub(Generic[C]):
    """The clients of one site. `tells` says what to do with which type of event, as functions of the hub and
    the event; `check` is called now and then.
    """

    def __init__(
        self, site: Site, tells: Mapping[type[Event], Callable[[Any, Any], Awaitable[None]]]
    ) -> None:
        self.site = site
        self._tells = tells
        self._clients: set[C] = set()
        self._waiting: deque[Event] = deque(maxlen=WAITING_MAX)
        self._woken = asyncio.Event()
        self._endings: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, client: C) -> None:
        """A client comes; the first one starts the hub."""
        self._clients.add(client)
        if not self._tasks:
            self._endings.append(self.site.ports.bus.subscribe(Event, self._hear, everywhere=True))
            self._tasks = [
                asyncio.create_task(self._work(), name="streaming: tell"),
                asyncio.create_task(self._look(), name="streaming: look"),
            ]

    def leave(self, client: C) -> None:
        """A client goes; the last one stops the hub."""
        self._clients.discard(client)
        if not self._clients:
            for end in self._endings:
                end()
            for task in self._tasks:
                task.cancel()
            self._endings, self._tasks = [], []
            self._waiting.clear()

    async def check(self) -> None:
        """End the streams of those who may not listen any more."""

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
                    await self.check()
            except Unavailable as error:
                _log.warning("who listens can't be checked: %s", error.message)
            except Exception:
                _log.exception("who listens can't be checked")
