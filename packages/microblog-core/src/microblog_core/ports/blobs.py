"""Blob stores keep files: pictures, archives."""

from __future__ import annotations

from typing import Protocol


class BlobStore(Protocol):
    """Files under keys such as `media/ab/cd.webp`."""

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a file; the same key again replaces it."""
        ...

    async def get(self, key: str) -> bytes:
        """The file. Raises `NotFound`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        ...

    def url(self, key: str) -> str:
        """Where a browser finds the file."""
        ...
