"""The blob store in a bucket. Files that are shown lie below `public/`, all others below `private/`, so that
nothing but the former need ever be open to the world.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.domain.media import is_media_key, served_type
from microblog_core.patterns.admission import Breaker
from microblog_core.patterns.resilience import Guard, TooSlow
from microblog_core.ports.blobs import SERVED_UNDER, Blob
from microblog_core.ports.observing import CallObserver
from microblog_plugins.s3.options import Options
from microblog_plugins.s3.settings import S3Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

NAME = "S3"
CHUNK = 256 << 10
PIECE = 1 << 20
"""No piece of a file that is read is larger."""
PART = 5 << 20
"""The smallest part that S3 takes."""
MOST_PARTS = 9000
"""S3 takes ten thousand."""
PING = "private/ping"
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""As core's own answers have it: a key names its content for ever."""

T = TypeVar("T")


class _SourceBroke(Exception):
    """What gives the pieces of a file raised `error`; that says nothing about the server."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


BREAKER = Breaker(failures=5, open_for=10.0, ignored=(NotFound, _SourceBroke))


class S3Blobs:
    """A `ports.blobs.BlobStore`. `seen_by` are the site's observers, once there are any."""

    def __init__(self, options: Options, settings: S3Settings) -> None:
        self.options = options
        self.seen_by: CallObserver | None = None
        self._settings = settings
        self._seconds = settings.seconds
        self._store: S3Store | None = None
        self._guard: Guard | None = None
        self._inside: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a file; S3 shows all of it or nothing."""
        path, part = self._path(key), _part(len(data)) if len(data) > PART else None
        about = self._attributes(key, content_type)
        await self._guarded(lambda: self._put(path, data, about, part), self._longest(len(data)))

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], size: int, content_type: str) -> None:
        """Store a file that comes in pieces, in parts of which three at most are in memory."""
        path, about = self._path(key), self._attributes(key, content_type)
        try:
            await self._guarded(lambda: self._put(path, _counted(chunks, size), about, _part(size)), None)
        except _SourceBroke as broke:
            raise broke.error from None

    async def get(self, key: str) -> bytes:
        """The file. Raises `NotFound`."""
        path = self._path(key)

        async def read() -> bytes:
            async with self._limited(self._longest(0)) as limit:
                result = await self._ask(path)
                limit.reschedule(asyncio.get_running_loop().time() + self._longest(result.meta["size"]))
                with self._explained():
                    return bytes(await result.bytes_async())

        return await self._guarded(read, None)

    async def stream(self, key: str) -> Blob:
        """The file in pieces. Raises `NotFound`."""
        path = self._path(key)
        result = await self._guarded(lambda: self._ask(path), self._longest(0))
        return Blob(result.meta["size"], self._pieces(result))

    async def delete(self, key: str) -> None:
        """Remove a file."""
        path = self._path(key)
        with contextlib.suppress(NotFound):
            await self._guarded(lambda: self._delete(path), self._longest(0))

    async def ping(self) -> None:
        """Store and remove a file, whatever the circuit says."""

        async def try_out() -> None:
            async with self._limited(self._longest(0)):
                await self._put(f"{self.options.prefix}{PING}", b"", {}, None)
                await self._delete(f"{self.options.prefix}{PING}")

        await self._running(try_out)

    async def close(self) -> None:
        """Wait for what was begun, as long as it may take; its connections go with it."""
        self._closed = True
        if self._inside:
            await asyncio.wait(self._inside, timeout=self._longest(0))
        self._store = None

    def url(self, key: str) -> str:
        """Below the public address, where there is one and the file may be shown; else as core serves it."""
        if self.options.public and served_type(key):
            return f"{self.options.public}/{key}"
        return f"{SERVED_UNDER}/{key}"

    def _path(self, key: str) -> str:
        # Only keys that this program makes: no other path is ever asked for.
        if not is_media_key(key):
            raise NotFound("There is no such file.")
        return f"{self.options.prefix}{'public' if served_type(key) else 'private'}/{key}"

    def _attributes(self, key: str, content_type: str) -> dict[str, str]:
        return (
            {"Content-Type": served_type(key), **KEPT} if served_type(key) else {"Content-Type": content_type}
        )

    def _longest(self, size: int) -> float:
        """How long a request about so many bytes may take, with what is tried again (seconds)."""
        return 2 * self._seconds * (1 + size // PART)

    async def _guarded(self, work: Callable[[], Awaitable[T]], seconds: float | None) -> T:
        if self._guard is None:
            self._guard = Guard(NAME, breaker=BREAKER, seen_by=self.seen_by)
        guard = self._guard

        async def limited() -> T:
            if seconds is None:
                return await work()
            async with self._limited(seconds):
                return await work()

        return await self._running(lambda: guard.call(limited))

    async def _running(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it, and let `close` know of it."""
        task = asyncio.current_task()
        if self._closed or task is None:
            raise Unavailable("The store of the files was closed.")
        already = task in self._inside
        self._inside.add(task)
        try:
            return await work()
        finally:
            if not already:
                self._inside.discard(task)

    @contextlib.asynccontextmanager
    async def _limited(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                yield limit
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._too_slow() from None

    def _too_slow(self) -> TooSlow:
        return TooSlow(
            f"Files can't be stored or read at {self.options.host}: it is too slow.",
            hint="plugins.s3.seconds says how long it may take.",
        )

    def _connected(self) -> S3Store:
        if self._store is None:
            from microblog_plugins.s3.client import connect

            self._store = connect(self.options, self._settings)
        return self._store

    @contextlib.contextmanager
    def _explained(self) -> Any:
        from microblog_plugins.s3.client import ERRORS, explained

        try:
            yield
        except ERRORS as error:
            raise explained(error, self.options) from None

    async def _put(self, path: str, data: Any, about: dict[str, str], part: int | None) -> None:
        from microblog_plugins.s3.client import put

        with self._explained():
            await put(self._connected(), path, data, about, part)

    async def _ask(self, path: str) -> Any:
        from microblog_plugins.s3.client import get

        with self._explained():
            return await get(self._connected(), path)

    async def _delete(self, path: str) -> None:
        from microblog_plugins.s3.client import delete

        with self._explained():
            await delete(self._connected(), path)

    async def _pieces(self, result: Any) -> AsyncIterator[bytes]:
        pieces = aiter(result.stream(min_chunk_size=CHUNK))
        while True:
            async with self._limited(self._longest(0)):
                with self._explained():
                    piece = await anext(pieces, None)
            if piece is None:
                return
            for start in range(0, len(piece), PIECE):
                yield bytes(piece[start : start + PIECE])


def _part(size: int) -> int:
    """How large the parts of a file are."""
    return max(PART, size // MOST_PARTS + 1)


async def _counted(chunks: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The pieces; raises before the last where there are more or fewer bytes, so that nothing is stored."""
    seen = 0
    try:
        async for chunk in chunks:
            seen += len(chunk)
            if seen > size:
                break
            if chunk:
                yield chunk
        if seen != size:
            raise ValueError(f"a file of {size} bytes has {'more' if seen > size else seen}")
    except Exception as error:
        raise _SourceBroke(error) from error
