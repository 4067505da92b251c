"""Lazy resources, one set for each site: engines, pools and clients, opened on first use and exactly once.

The Singleton of this program; nothing of it is global. A site's resources belong to the event loop that uses
them.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from microblog_core.domain.errors import MicroblogError, Unavailable

T = TypeVar("T")
Make = Callable[[], Awaitable[T]] | Callable[[], T]
Close = Callable[[T], Awaitable[object]] | Callable[[T], object]

CLOSE_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Lazy(Generic[T]):
    """A resource that is made when it is first asked for. Made by `Resources.add`."""

    def __init__(
        self, name: str, make: Make[T], close: Close[T] | None, opened: Callable[[Lazy[Any]], None]
    ) -> None:
        self.name = name
        self._make = make
        self._close = close
        self._opened = opened
        self._making: asyncio.Task[T] | None = None
        self._closed = False

    async def get(self) -> T:
        """The resource. All who ask while it is made get the same one, or the same error; after an error the
        next one tries anew.

        Raises what its factory raises, and `Unavailable` after the site was closed.
        """
        if self._closed:
            raise Unavailable(f"The resource {self.name} is closed.", hint="The site was closed.")
        if self._making is None:
            self._making = asyncio.get_running_loop().create_task(self._open(), name=f"open {self.name}")
            self._making.add_done_callback(self._forget_failure)
        # Shielded: who gives up waiting must not take it away from the others.
        return await asyncio.shield(self._making)

    async def _open(self) -> T:
        made = self._make()
        resource: T = await made if inspect.isawaitable(made) else made
        self._opened(self)
        return resource

    def _forget_failure(self, task: asyncio.Task[T]) -> None:
        # Asking for the exception also says that it was seen, if nobody waits any more.
        if task.cancelled() or task.exception() is not None:
            self._making = None

    async def close(self) -> None:
        """Close it if it was made, or is being made; it opens no more."""
        self._closed = True
        making, self._making = self._making, None
        if making is None:
            return
        try:
            resource = await making
        except Exception:
            return
        if self._close is not None:
            ending = self._close(resource)
            if inspect.isawaitable(ending):
                await ending


class Resources:
    """The lazy resources of one site, closed in the reverse order of their opening."""

    def __init__(self) -> None:
        self._known: dict[str, Lazy[Any]] = {}
        self._opened: list[Lazy[Any]] = []
        self._closed = False

    def add(self, name: str, make: Make[T], close: Close[T] | None = None) -> Lazy[T]:
        """Name a resource with the function (async or not) that makes it, and the one that closes it.

        A plugin's names begin with the plugin's name. Raises `MicroblogError` for a name that is taken.
        """
        if name in self._known:
            raise MicroblogError(f"There is a resource {name!r} already.", hint="Keep what `add` returned.")
        lazy = Lazy(name, make, close, self._opened.append)
        if self._closed:
            raise Unavailable(f"The resource {name!r} comes too late.", hint="The site was closed.")
        self._known[name] = lazy
        return lazy

    @property
    def opened(self) -> tuple[str, ...]:
        """The names of what is open, in the order of opening."""
        return tuple(lazy.name for lazy in self._opened)

    async def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Close what is open, the last first; what raises or takes longer than `seconds` is logged, and the
        rest still closed.
        """
        self._closed = True
        unopened = [lazy for lazy in self._known.values() if lazy not in self._opened]
        for lazy in (*unopened, *reversed(self._opened)):
            try:
                async with asyncio.timeout(seconds):
                    await lazy.close()
            except Exception:
                logger.exception("The resource %s did not close", lazy.name)
        self._opened.clear()
