"""A blob store for the URL `drawer:`; the configuration chooses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import BlobStoreFactory, Manifest
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="drawer")


class Drawer(MemoryBlobs):
    """A real one keeps `ports.blobs.BlobStore`: `microblog_core.testing.blob_suite` says whether."""


@implements(hookspecs.register_blob_stores)
def blob_stores() -> Iterable[BlobStoreFactory]:
    return [BlobStoreFactory(name="drawer", schemes=("drawer",), open=lambda url: Drawer())]


async def main() -> None:
    async with site_with({"drawer": sys.modules[__name__]}, blobs="drawer:") as site:
        assert isinstance(site.ports.blobs, Drawer)
        await site.ports.blobs.put("ab/cdef0123456789abcdef0123456789.webp", b"a picture", "image/webp")
        assert await site.ports.blobs.get("ab/cdef0123456789abcdef0123456789.webp") == b"a picture"


if __name__ == "__main__":
    asyncio.run(main())
