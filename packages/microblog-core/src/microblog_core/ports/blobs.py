"""Blob stores keep files: pictures, archives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

SERVED_UNDER = "/media"
"""The path under which core serves the files of a store that has no public address of its own."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that is being read: its size in bytes and its content in pieces. Close the pieces (`aclose`) if
    they aren't read to their end.
    """

    size: int
    chunks: AsyncIterator[bytes]


class BlobStore(Protocol):
    """Files under keys such as `ab/cdef.webp` (see `domain.media`). Keys of any other form are not found.

    It is made without connecting, connects on first use, and is closed once, when the site closes. Nothing of
    it blocks the event loop.
    """

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a file; the same key again replaces it. When this returns it survives a crash, and nobody
        ever sees half of it. Raises `Unavailable`.
        """
        ...

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], size: int, content_type: str) -> None:
        """Store a file of `size` bytes that comes in pieces, as `put` does, without holding it in memory.

        Raises `Unavailable`, and `ValueError` where it isn't so long: then nothing is stored.
        """
        ...

    async def get(self, key: str) -> bytes:
        """The file. Raises `NotFound`, `Unavailable`."""
        ...

    async def stream(self, key: str) -> Blob:
        """The file in pieces. Raises `NotFound`, `Unavailable`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none. Raises `Unavailable`."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` when files can't be stored."""
        ...

    async def close(self) -> None:
        """Finish what was begun and disconnect."""
        ...

    def url(self, key: str) -> str:
        """Where a browser finds the file: a path of this site that begins with `/`, or a whole address."""
        ...
