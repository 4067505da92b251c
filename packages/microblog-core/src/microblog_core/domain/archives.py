"""Exports and imports of accounts: what there is to take away and to bring along, and how far it has got.

Moments are Unix milliseconds, sizes bytes. An archive lies in the blob store under a key that is never served
(`domain.media.served_type` knows no such file); who may have it, its page decides.
"""

from __future__ import annotations

import enum

import msgspec

ARCHIVE_BYTES = 1 << 30
"""How large a file that is imported may be, unless the site says otherwise."""
CSV_BYTES = 16 << 20
ARCHIVE_EXTENSION = "archive"
"""The extension of keys of exports, and of what waits to be imported. It is never served."""

EXPORT_KEPT = 7 * 24 * 3600 * 1000
EXPORT_EVERY = 24 * 3600 * 1000
"""How long an archive can be downloaded, and how often somebody may ask for one."""
IMPORT_KEPT = 365 * 24 * 3600 * 1000
"""How long the report of an import is kept. What it made, and that it made it, stays for ever."""
UNIMPORTED_KEPT = 7 * 24 * 3600 * 1000
"""How long a file waits to be imported before it goes, whatever happened."""

PROBLEMS_MAX = 10_000
"""So many things that could not be taken are remembered of one import; more are counted."""
SOURCE_LENGTH = 500


class ExportState(enum.StrEnum):
    """`waiting` until the archive is there, then `ready`; or `failed`."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An archive of everything of an account. `posts` counts what is in it; `error` says why it failed."""

    id: int
    account_id: int
    state: ExportState = ExportState.WAITING
    key: str
    size: int = 0
    posts: int = 0
    created_at: int
    finished_at: int | None = None
    expires_at: int
    error: str = ""

    def there_at(self, now: int) -> bool:
        """Whether it can be downloaded."""
        return self.state is ExportState.READY and self.expires_at > now


class ImportKind(enum.StrEnum):
    """What the file is: an archive, or a list of people or posts as Mastodon exports it."""

    ARCHIVE = "archive"
    FOLLOWING = "following"
    BLOCKS = "blocks"
    MUTES = "mutes"
    BOOKMARKS = "bookmarks"


class ImportPart(enum.StrEnum):
    """What is wanted of an archive, in the order in which it is taken."""

    PROFILE = "profile"
    POSTS = "posts"
    FAVOURITES = "favourites"
    BOOKMARKS = "bookmarks"


class ImportState(enum.StrEnum):
    """`waiting`, `running`, then `done`, `failed` (nothing more will happen) or `cancelled`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is brought along. `overwrite`: what a list does not name goes. `total` counts its entries,
    once they were counted; the first `cursor` of them are dealt with: `taken`, there already (`known`), or
    `refused`. What was taken incompletely is a problem, too, and counted as taken.
    """

    id: int
    account_id: int
    kind: ImportKind
    parts: tuple[ImportPart, ...] = ()
    overwrite: bool = False
    name: str = ""
    key: str
    size: int = 0
    state: ImportState = ImportState.WAITING
    total: int = 0
    cursor: int = 0
    taken: int = 0
    known: int = 0
    refused: int = 0
    problems: int = 0
    created_at: int
    finished_at: int | None = None
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more happens."""
        return self.state in ENDED


class ImportProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be taken, or not wholly: the entry's `place` in the file (from 1), what it calls itself
    there (at most `SOURCE_LENGTH` characters), and why.
    """

    id: int
    import_id: int
    place: int
    source: str
    reason: str


class Known(msgspec.Struct, frozen=True):
    """An entry that was imported: what it calls itself (`source_key`), and the id of what was made of it."""

    source: str
    result_id: int
