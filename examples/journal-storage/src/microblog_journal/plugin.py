"""The plugin `journal`: offers the storage for URLs such as `journal:///srv/microblog/site.journal`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from microblog_core.contributions import Manifest, StorageFactory
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.storage import Storage

PLUGIN = Manifest(
    name="journal",
    version="0.1.0",
    summary="Keeps everything in memory and every write in one append-only file.",
)


def _open(url: str) -> Storage:
    from microblog_journal.storage import JournalStorage

    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise ConfigurationError(
            f"{url!r} names no file.",
            hint="Write journal:/// and an absolute path: journal:///srv/site.journal",
        )
    return JournalStorage(Path(unquote(parts.path)))


@hookimpl
def register_storages() -> Iterable[StorageFactory]:
    """The storage for the scheme `journal`."""
    return (StorageFactory(name="journal", schemes=("journal",), open=_open, embedded=True),)
