"""A storage for the URL `shelf:`; the configuration chooses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, StorageFactory
from microblog_core.memory.storage import MemoryStorage
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="shelf")


class Shelf(MemoryStorage):
    """A real one keeps `ports.storage.Storage`: `microblog_core.testing.storage_suite` says whether."""


@implements(hookspecs.register_storages)
def storages() -> Iterable[StorageFactory]:
    return [StorageFactory(name="shelf", schemes=("shelf",), open=lambda url: Shelf(), embedded=True)]


async def main() -> None:
    async with site_with({"shelf": sys.modules[__name__]}, storage="shelf:", blobs="memory:") as site:
        assert isinstance(site.storage, Shelf)
        await site.storage.ping()


if __name__ == "__main__":
    asyncio.run(main())
