"""The blob store in memory, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import AsyncIterator

from microblog_core.domain.errors import NotFound
from microblog_core.domain.media import is_media_key
from microblog_core.ports.blobs import SERVED_UNDER, Blob

_CHUNK = 256 << 10


class MemoryBlobs:
    """A `ports.blobs.BlobStore`; `files` holds everything by key."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep a file."""
        if not is_media_key(key):
            raise NotFound("There is no place for this file.")
        self.files[key] = bytes(data)

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], size: int, content_type: str) -> None:
        """Keep a file that comes in pieces."""
        data = b"".join([chunk async for chunk in chunks])
        if len(data) != size:
            raise ValueError(f"a file of {size} bytes has {len(data)}")
        await self.put(key, data, content_type)

    async def get(self, key: str) -> bytes:
        """The file. Raises `NotFound`."""
        if key not in self.files:
            raise NotFound("There is no such file.")
        return self.files[key]

    async def stream(self, key: str) -> Blob:
        """The file in pieces. Raises `NotFound`."""
        data = await self.get(key)
        return Blob(len(data), _pieces(data))

    async def delete(self, key: str) -> None:
        """Remove a file."""
        self.files.pop(key, None)

    async def ping(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """Nothing to disconnect from."""

    def url(self, key: str) -> str:
        """The path that core serves it under."""
        return f"{SERVED_UNDER}/{key}"


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]
