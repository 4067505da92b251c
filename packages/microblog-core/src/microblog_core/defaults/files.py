"""The blob store in a folder: one file for each key, written beside its place and moved there when it is
whole.

Folders are for their owner alone. What a process leaves half written lies in `parts` and goes after a day.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from microblog_core.domain.errors import ConfigurationError, NotFound, Unavailable
from microblog_core.domain.media import is_media_key
from microblog_core.ports.blobs import SERVED_UNDER, Blob

SMALL = 1 << 20
"""Files up to this size are read at once."""
CHUNK = 256 << 10
PARTS = "parts"
_PART_SECONDS = 24 * 3600

P = ParamSpec("P")
T = TypeVar("T")


def folder_of(url: str) -> Path:
    """The folder that a URL such as `files:media` or `files:///srv/media` names. Raises
    `ConfigurationError`.
    """
    path = url.partition(":")[2]
    path = path.removeprefix("//")
    if not path:
        raise ConfigurationError(
            f"The blob store {url!r} names no folder.", hint="Write files:///srv/microblog/media."
        )
    return Path(path)


class FileBlobs:
    """A `ports.blobs.BlobStore` in a folder, which is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept = False

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a file; it is on the disk when this returns."""
        path = self._path(key)
        await _in_thread(self._write, path, data)

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], size: int, content_type: str) -> None:
        """Store a file that comes in pieces; it is on the disk when this returns."""
        path = self._path(key)
        part = await _in_thread(self._part, b"")
        try:
            stream = await _in_thread(part.open, "wb")
            try:
                written = 0
                async for chunk in chunks:
                    written += len(chunk)
                    await _in_thread(stream.write, chunk)
                if written != size:
                    raise ValueError(f"a file of {size} bytes has {written}")
                await _in_thread(_flush, stream)
            finally:
                await _in_thread(stream.close)
            await _in_thread(self._put_in_place, path, part)
        finally:
            await _in_thread(lambda: part.unlink(missing_ok=True))

    async def get(self, key: str) -> bytes:
        """The file. Raises `NotFound`."""
        return await _in_thread(self._path(key).read_bytes)

    async def stream(self, key: str) -> Blob:
        """The file in pieces; a small one in one. Raises `NotFound`."""
        path = self._path(key)
        size, whole = await _in_thread(_look, path)
        return Blob(size, _once(whole) if whole is not None else _pieces(path))

    async def delete(self, key: str) -> None:
        """Remove a file."""
        path = self._path(key)
        await _in_thread(lambda: path.unlink(missing_ok=True))

    async def ping(self) -> None:
        """Write and remove a file."""
        await _in_thread(self._try_out)

    async def close(self) -> None:
        """Nothing is held open."""

    def url(self, key: str) -> str:
        """The path that core serves it under."""
        return f"{SERVED_UNDER}/{key}"

    def _path(self, key: str) -> Path:
        # Only keys that this program makes: no other path ever reaches the file system.
        if not is_media_key(key):
            raise NotFound("There is no such file.")
        return self._folder / key

    def _write(self, path: Path, data: bytes) -> None:
        part = self._part(data)
        try:
            self._put_in_place(path, part)
        finally:
            part.unlink(missing_ok=True)

    def _put_in_place(self, path: Path, part: Path) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(self._folder)
        part.replace(path)
        _sync(path.parent)

    def _part(self, data: bytes) -> Path:
        parts = self._folder / PARTS
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts.mkdir(mode=0o700, exist_ok=True)
        if not self._swept:
            self._swept = True
            _sweep(parts)
        part = parts / f"{secrets.token_hex(12)}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part

    def _try_out(self) -> None:
        self._part(b"").unlink()


def _look(path: Path) -> tuple[int, bytes | None]:
    """A file's size, and its content if it is small."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        return size, stream.read() if size <= SMALL else None


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    stream = await _in_thread(path.open, "rb")
    try:
        while piece := await _in_thread(stream.read, CHUNK):
            yield piece
    finally:
        stream.close()


def _sweep(parts: Path) -> None:
    """Remove what processes left half written long ago."""
    oldest = time.time() - _PART_SECONDS
    for part in parts.glob("*.part"):
        if part.stat().st_mtime < oldest:
            part.unlink(missing_ok=True)


def _flush(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except FileNotFoundError:
        raise NotFound("There is no such file.") from None
    except OSError as error:
        raise Unavailable(
            f"Files can't be stored or read: {error.strerror}.",
            hint="Check the folder, its rights and the disk.",
        ) from error
