"""The plugin `lmdb`: offers the storage for URLs such as `lmdb:///srv/microblog/site`, a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, StorageFactory
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins import implements
from microblog_core.ports.storage import Storage

PLUGIN = Manifest(name="lmdb", version="0.1.0", summary="Stores everything in LMDB and reads from memory.")


def _open(url: str) -> Storage:
    from microblog_lmdb.storage import LmdbStorage

    parts = urlsplit(url)
    if parts.netloc or not parts.path.strip("/"):
        raise ConfigurationError(
            f"{url!r} names no folder.", hint="Write lmdb:/// and an absolute path: lmdb:///srv/site"
        )
    return LmdbStorage(Path(unquote(parts.path)))


@implements(hookspecs.register_storages)
def storages() -> Iterable[StorageFactory]:
    # Embedded: another process would not see what this one has in memory.
    return [StorageFactory(name="lmdb", schemes=("lmdb",), open=_open, embedded=True)]
