"""Exports and imports in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from microblog_core.domain.archives import Export, ExportState, Import, ImportProblem, ImportState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.polls import PollOption
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations.archives import (
    AddExport,
    AddImport,
    AddImported,
    AdvanceImport,
    BeginImport,
    DeleteExport,
    DeleteImport,
    EndImport,
    FinishExport,
    SetPollCounts,
)


def add_export(tables: Tables, operation: AddExport) -> None:
    """An archive is asked for; guards `id`, `exists`, `often`."""
    made = operation.export
    if made.id in tables.exports:
        raise Conflict("An export with this id exists.", guard="id")
    if made.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    for each in tables.exports.rows.values():
        recent = each.created_at > operation.since and each.state is not ExportState.FAILED
        if recent and each.account_id == made.account_id:
            raise Conflict("There was an export already.", guard="often")
    tables.exports.put(made.id, made)


def finish_export(tables: Tables, operation: FinishExport) -> None:
    """What became of an export; guard `exists`."""
    found = tables.exports.get(operation.export_id)
    if found is None or found.state is not ExportState.WAITING:
        raise Conflict("The export is gone.", guard="exists")
    changed = replace(
        found,
        state=operation.state,
        size=operation.size,
        posts=operation.posts,
        finished_at=operation.at,
        error=operation.error,
    )
    tables.exports.put(found.id, changed)


def delete_export(tables: Tables, operation: DeleteExport) -> None:
    """Forget an export."""
    tables.exports.remove(operation.export_id)


def add_import(tables: Tables, operation: AddImport) -> None:
    """A file is brought along; guards `id`, `exists`, `busy`."""
    made = operation.item
    if made.id in tables.imports:
        raise Conflict("An import with this id exists.", guard="id")
    if made.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    if any(not each.ended and each.account_id == made.account_id for each in tables.imports.rows.values()):
        raise Conflict("Another import has not ended.", guard="busy")
    tables.imports.put(made.id, made)


def begin_import(tables: Tables, operation: BeginImport) -> None:
    """It runs; guard `exists`."""
    found = _open(tables, operation.import_id, "exists")
    if found.state is ImportState.WAITING:
        tables.imports.put(found.id, replace(found, state=ImportState.RUNNING, total=operation.total))


def advance_import(tables: Tables, operation: AdvanceImport) -> None:
    """Some entries are dealt with; guard `cursor`."""
    found = _open(tables, operation.import_id, "cursor")
    if found.state is not ImportState.RUNNING or found.cursor != operation.cursor:
        raise Conflict("The import is elsewhere.", guard="cursor")
    for problem in operation.problems[: max(0, operation.limit - found.problems)]:
        tables.import_problems.put(problem.id, problem)
    changed = replace(
        found,
        cursor=operation.to,
        taken=found.taken + operation.taken,
        known=found.known + operation.known,
        refused=found.refused + operation.refused,
        problems=found.problems + len(operation.problems),
    )
    tables.imports.put(found.id, changed)


def end_import(tables: Tables, operation: EndImport) -> None:
    """Nothing more happens; guard `exists`."""
    found = _open(tables, operation.import_id, "exists")
    ended = replace(found, state=operation.state, finished_at=operation.at, error=operation.error)
    tables.imports.put(found.id, ended)


def delete_import(tables: Tables, operation: DeleteImport) -> None:
    """Forget an import and its problems."""
    tables.imports.remove(operation.import_id)
    for problem in tuple(tables.import_problems.rows.values()):
        if problem.import_id == operation.import_id:
            tables.import_problems.remove(problem.id)


def add_imported(tables: Tables, operation: AddImported) -> None:
    """An entry was taken; guard `imported`."""
    key = (operation.account_id, operation.source)
    if key in tables.imported:
        raise Conflict("This was imported already.", guard="imported")
    tables.imported.put(key, operation.result_id)


def set_poll_counts(tables: Tables, operation: SetPollCounts) -> None:
    """Votes from elsewhere."""
    poll = tables.polls.get(operation.poll_id)
    if poll is None or poll.voters_count:
        return
    options = tuple(
        PollOption(option.title, count) for option, count in zip(poll.options, operation.counts, strict=False)
    )
    counted = replace(poll, options=options, votes_count=sum(operation.counts), voters_count=operation.voters)
    tables.polls.put(poll.id, counted)


def _open(tables: Tables, import_id: int, guard: str) -> Import:
    found = tables.imports.get(import_id)
    if found is None or found.ended:
        raise Conflict("The import is gone.", guard=guard)
    return found


class ArchiveReads:
    """A `ports.archives.ArchiveReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def export(self, export_id: int) -> Export | None:
        """One export."""
        return self._tables.exports.get(export_id)

    async def exports(self, account_id: int, page: Page) -> Listing[Export]:
        """An account's exports, newest first."""
        own = [each for each in self._tables.exports.rows.values() if each.account_id == account_id]
        return cut(own, page, lambda each: each.id)

    async def old_exports(self, before: int, limit: int) -> Sequence[Export]:
        """Exports whose time was over."""
        old = [each for each in self._tables.exports.rows.values() if each.expires_at < before]
        return sorted(old, key=lambda each: each.expires_at)[:limit]

    async def get(self, import_id: int) -> Import | None:
        """One import."""
        return self._tables.imports.get(import_id)

    async def imports(self, account_id: int, page: Page) -> Listing[Import]:
        """An account's imports, newest first."""
        own = [each for each in self._tables.imports.rows.values() if each.account_id == account_id]
        return cut(own, page, lambda each: each.id)

    async def old_imports(self, before: int, limit: int) -> Sequence[Import]:
        """Imports of long ago."""
        old = [each for each in self._tables.imports.rows.values() if each.created_at < before]
        return sorted(old, key=lambda each: each.created_at)[:limit]

    async def problems(self, import_id: int, page: Page) -> Listing[ImportProblem]:
        """What could not be taken, what came last first."""
        all_of_it = self._tables.import_problems.rows.values()
        return cut([each for each in all_of_it if each.import_id == import_id], page, lambda each: each.id)

    async def imported(self, account_id: int, sources: Sequence[str]) -> Mapping[str, int]:
        """What was made of these entries."""
        found = ((source, self._tables.imported.get((account_id, source))) for source in sources)
        return {source: result for source, result in found if result is not None}
