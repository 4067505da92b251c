"""The plugin `memory`: offers the storage and the blob store in memory, both for the URL `memory:`."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.contributions import BlobStoreFactory, Manifest, StorageFactory
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.storage import Storage

PLUGIN = Manifest(
    name="memory", summary="Keeps everything in memory: for trying things out, and for the tests of plugins."
)


def _open(url: str) -> Storage:
    from microblog_core.memory.storage import MemoryStorage

    return MemoryStorage()


@hookimpl
def register_storages() -> Iterable[StorageFactory]:
    """The storage for the scheme `memory`."""
    return (StorageFactory(name="memory", schemes=("memory",), open=_open, embedded=True),)


def _open_blobs(url: str) -> BlobStore:
    from microblog_core.memory.blobs import MemoryBlobs

    return MemoryBlobs()


@hookimpl
def register_blob_stores() -> Iterable[BlobStoreFactory]:
    """The blob store for the scheme `memory`."""
    return (BlobStoreFactory(name="memory", schemes=("memory",), open=_open_blobs),)
