"""The portal: one event loop in a thread of its own, so that Flask, Django and scripts call the async
services.

    with Portal(site) as portal:
        entry = portal.call(publish_post, site.ports, actor, PublishPost(text="Hello"))

The site is opened in the portal's loop and used nowhere else. A portal does not survive `fork`: enter it in
the process that uses it (for gunicorn, in `post_fork`).
"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from microblog_core.domain.errors import Unavailable

if TYPE_CHECKING:
    from microblog_core.site import Site

P = ParamSpec("P")
T = TypeVar("T")


class Portal:
    """Calls functions in a site's event loop from any thread. `open` and `close` may be called instead of
    `with`.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def open(self) -> None:
        """Start the loop and open the site; nothing happens where that is done.

        Raises what opening raises. A site that was closed stays closed: compose a new one.
        """
        with self._lock:
            if self._loop is not None:
                return
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_run, args=(loop,), name="microblog-portal", daemon=True)
            thread.start()
            self._loop, self._thread, self._pid = loop, thread, os.getpid()
            try:
                self._wait(self.site.open())
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """Close the site and end the loop; nothing happens where it is not open."""
        with self._lock:
            if self._loop is None:
                return
            try:
                self._wait(self.site.close())
            finally:
                self._end()

    @overload
    def call(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T: ...

    @overload
    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the function in the loop, wait, and return its result or raise what it raised.

        Raises `Unavailable` while the portal is not open in this process, `RuntimeError` inside the loop
        itself, which would wait for itself for ever.
        """
        return self._wait(_called(function, args, kwargs))

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        if loop is None or self._pid != os.getpid():
            coroutine.close()
            raise Unavailable("The portal is not open in this process.", hint="Call `portal.open()` first.")
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("portal.call was called in the portal's own loop; await the function instead")
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _end(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def __enter__(self) -> Portal:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = function(*args, **kwargs)
    return await result if inspect.isawaitable(result) else result


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
