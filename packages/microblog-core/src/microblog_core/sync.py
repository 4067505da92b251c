"""The portal: one event loop in a thread of its own, so that Flask, Django and scripts call the async
services.

    with Portal(site) as portal:
        entry = portal.call(publish_post, site.ports, actor, PublishPost(text="Hello"))

The site is opened in the portal's loop and used nowhere else. A portal does not survive `fork`: open it
in the process that uses it, when that begins to serve (`http.wsgi` opens it with the first request).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from microblog_core.domain.errors import Unavailable

if TYPE_CHECKING:
    from microblog_core.http.app import Background
    from microblog_core.site import Site

P = ParamSpec("P")
T = TypeVar("T")


class Portal:
    """Calls functions in a site's event loop from any thread. `open` and `close` may be called instead of
    `with`; a portal that is still open when the program ends is closed then.

    `background` is entered after the site has opened, and left before it closes: such as
    `runtime.background.run_jobs`, where no other process does the site's jobs. A function sees what other
    processes wrote before it was called.
    """

    def __init__(self, site: Site, *, background: Sequence[Background] = ()) -> None:
        self.site = site
        self._background = tuple(background)
        self._beside = contextlib.AsyncExitStack()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def open(self) -> None:
        """Start the loop and open the site; nothing happens where that is done.

        Raises what opening raises, and `Unavailable` in a child of the process that opened it. A site that
        was closed stays closed: compose a new one.
        """
        with self._lock:
            if self._is_open():
                return
            if self._loop is not None:
                raise Unavailable(
                    "The portal was opened before this process was forked.",
                    hint="Open it in the process that serves.",
                )
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_run, args=(loop,), name="microblog-portal", daemon=True)
            thread.start()
            self._loop, self._thread, self._pid = loop, thread, os.getpid()
            try:
                self._wait(self._enter())
            except BaseException:
                self._end()
                raise
            atexit.register(self.close)

    def close(self) -> None:
        """Close the site and end the loop; nothing happens where it is not open in this process."""
        with self._lock:
            if not self._is_open():
                return
            atexit.unregister(self.close)
            try:
                self._wait(self._leave())
            finally:
                self._end()

    def _is_open(self) -> bool:
        """A child of the process that opened it has the portal's memory, but not its thread."""
        return self._loop is not None and self._pid == os.getpid()

    async def _enter(self) -> None:
        await self.site.open()
        try:
            for make in self._background:
                await self._beside.enter_async_context(make(self.site))
        except BaseException:
            await self._leave()
            raise

    async def _leave(self) -> None:
        try:
            await self._beside.aclose()
        finally:
            await self.site.close()

    @overload
    def call(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T: ...

    @overload
    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the function in the loop, wait, and return its result or raise what it raised.

        Raises `Unavailable` while the portal is not open in this process, `RuntimeError` inside the loop
        itself, which would wait for itself for ever.
        """
        return self._wait(self._called(function, args, kwargs))

    async def _called(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        self.site.ports.freshen()
        result = function(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        if loop is None or not self._is_open():
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


class _Executor(ThreadPoolExecutor):
    """The loop's threads, also at the program's end: then the standard library's executors take nothing more,
    before anybody could close what needs one to close.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As the base class; in a thread of its own where that refuses."""
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            future: Future[T] = Future()
            try:
                threading.Thread(
                    target=_settle, args=(future, lambda: fn(*args, **kwargs)), daemon=True
                ).start()
            except RuntimeError:
                # From 3.12 on a program that ends starts no thread: then there is nothing left to hold up.
                _settle(future, lambda: fn(*args, **kwargs))
            return future


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    executor = _Executor(thread_name_prefix="microblog-portal")
    loop.set_default_executor(executor)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        executor.shutdown()
    finally:
        loop.close()
