"""The plugin `memory`: offers the storage in memory for URLs such as `memory:`."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.contributions import Manifest, StorageFactory
from microblog_core.hookspecs import hookimpl
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
