"""Exports and imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microblog_core.domain.archives import (
    Export,
    ExportState,
    Import,
    ImportKind,
    ImportPart,
    ImportProblem,
    ImportState,
)
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

EXPORT = "id account_id state key size posts created_at finished_at expires_at error".split()
IMPORT = (
    "id account_id kind parts overwrite name key size state total cursor taken known refused problems"
    " created_at finished_at error"
).split()
PROBLEM = "id import_id place source reason".split()

_EXPORT = f"SELECT {columns(EXPORT, 'e')} FROM exports e"
_IMPORT = f"SELECT {columns(IMPORT, 'i')} FROM imports i"
_EXPORTS = Source(columns(EXPORT, "e"), "exports e WHERE e.account_id = :account", "e.id")
_IMPORTS = Source(columns(IMPORT, "i"), "imports i WHERE i.account_id = :account", "i.id")
_PROBLEMS = Source(columns(PROBLEM, "r"), "import_problems r WHERE r.import_id = :import", "r.id")


def _export_of(row: Row) -> Export:
    values = dict(zip(EXPORT, row, strict=True))
    return Export(**values | {"state": ExportState(values["state"])})


def _import_of(row: Row) -> Import:
    values = dict(zip(IMPORT, row, strict=True))
    values["kind"], values["state"] = ImportKind(values["kind"]), ImportState(values["state"])
    values["parts"] = tuple([ImportPart(part) for part in values["parts"].split()])
    return Import(**values | {"overwrite": bool(values["overwrite"])})


def _problem_of(row: Row) -> ImportProblem:
    return ImportProblem(**dict(zip(PROBLEM, row, strict=True)))


class Archives(Reader):
    """The contract's `ArchiveReader`."""

    @reads
    def export(self, export_id: int) -> Steps[Export | None]:
        """One export."""
        rows = yield f"{_EXPORT} WHERE e.id = :id", {"id": export_id}
        return _export_of(rows[0]) if rows else None

    @reads
    def exports(self, account_id: int, page: Page) -> Steps[Listing[Export]]:
        """An account's exports, newest first."""
        return mapped((yield from read_page(_EXPORTS, {"account": account_id}, page)), _export_of)

    @reads
    def old_exports(self, before: int, limit: int) -> Steps[Sequence[Export]]:
        """Exports whose time was over."""
        old = f"{_EXPORT} WHERE e.expires_at < :before ORDER BY e.expires_at LIMIT :limit"
        rows = yield old, {"before": before, "limit": limit}
        return tuple([_export_of(row) for row in rows])

    @reads
    def get(self, import_id: int) -> Steps[Import | None]:
        """One import."""
        rows = yield f"{_IMPORT} WHERE i.id = :id", {"id": import_id}
        return _import_of(rows[0]) if rows else None

    @reads
    def imports(self, account_id: int, page: Page) -> Steps[Listing[Import]]:
        """An account's imports, newest first."""
        return mapped((yield from read_page(_IMPORTS, {"account": account_id}, page)), _import_of)

    @reads
    def old_imports(self, before: int, limit: int) -> Steps[Sequence[Import]]:
        """Imports of long ago."""
        old = f"{_IMPORT} WHERE i.created_at < :before ORDER BY i.created_at LIMIT :limit"
        rows = yield old, {"before": before, "limit": limit}
        return tuple([_import_of(row) for row in rows])

    @reads
    def problems(self, import_id: int, page: Page) -> Steps[Listing[ImportProblem]]:
        """What could not be taken, what came last first."""
        return mapped((yield from read_page(_PROBLEMS, {"import": import_id}, page)), _problem_of)

    @reads
    def imported(self, account_id: int, sources: Sequence[str]) -> Steps[Mapping[str, int]]:
        """What was made of these entries."""
        if not sources:
            return {}
        statement = (
            "SELECT source, result_id FROM imported WHERE account_id = :account"
            f" AND {self._dialect.among_texts('source', 'sources')}"
        )
        rows = yield statement, {"account": account_id, "sources": self._dialect.texts(sources)}
        return {row[0]: row[1] for row in rows}
