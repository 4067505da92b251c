"""Operations on exports and imports of accounts."""

from __future__ import annotations

from microblog_core.domain.archives import Export, ExportState, Import, ImportProblem, ImportState
from microblog_core.ports.operations.base import Operation


class AddExport(Operation, frozen=True, kw_only=True):
    """Somebody asks for an archive. Guards: `id`; `exists` (the account is gone); `often` (they asked after
    `since`, Unix milliseconds, for one that has not failed).
    """

    export: Export
    since: int = 0


class FinishExport(Operation, frozen=True, kw_only=True):
    """What became of an export that waits. Guard: `exists` (it is gone, or was finished before)."""

    export_id: int
    state: ExportState
    size: int = 0
    posts: int = 0
    at: int
    error: str = ""


class DeleteExport(Operation, frozen=True, kw_only=True):
    """Forget an export; its file is somebody else's matter."""

    export_id: int


class AddImport(Operation, frozen=True, kw_only=True):
    """Somebody brings a file along. Guards: `id`; `exists` (the account is gone); `busy` (one of theirs has
    not ended).
    """

    item: Import


class BeginImport(Operation, frozen=True, kw_only=True):
    """Its entries were counted: it runs. Nothing changes where it runs already. Guard: `exists` (it is gone,
    or ended).
    """

    import_id: int
    total: int


class AdvanceImport(Operation, frozen=True, kw_only=True):
    """The entries from `cursor` to `to` are dealt with, in the transaction of what was made of them.

    Guard: `cursor` (it is elsewhere: somebody else deals with them, or did; or it does not run any more). Of
    the problems only so many are kept that there are at most `limit`; all are counted.
    """

    import_id: int
    cursor: int
    to: int
    taken: int = 0
    known: int = 0
    refused: int = 0
    problems: tuple[ImportProblem, ...] = ()
    limit: int


class EndImport(Operation, frozen=True, kw_only=True):
    """Nothing more happens. Guard: `exists` (it is gone, or ended before)."""

    import_id: int
    state: ImportState
    at: int
    error: str = ""


class DeleteImport(Operation, frozen=True, kw_only=True):
    """Forget an import and its problems; what it made stays, and so does that it was made of these entries.
    Its file is somebody else's matter.
    """

    import_id: int


class AddImported(Operation, frozen=True, kw_only=True):
    """An entry of this account's was made `result_id`, once and for ever. Guard: `imported` (it was
    already).
    """

    account_id: int
    source: str
    result_id: int


class SetPollCounts(Operation, frozen=True, kw_only=True):
    """Votes that a poll had elsewhere, option by option; nothing changes where somebody voted here."""

    poll_id: int
    post_id: int
    counts: tuple[int, ...]
    voters: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)
