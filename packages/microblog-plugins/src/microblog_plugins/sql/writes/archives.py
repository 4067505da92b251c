"""Exports, imports, and what was imported. An import's row is locked before anything of it is counted."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
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
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.archives import EXPORT, IMPORT, PROBLEM
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_OPEN = "state IN ('waiting', 'running')"
_RECENT = (
    "SELECT id FROM exports WHERE account_id = :account AND id > :since_id AND created_at > :since"
    " AND state <> 'failed' LIMIT 1"
)
_FINISH = (
    "UPDATE exports SET state = :state, size = :size, posts = :posts, finished_at = :at, error = :error"
    " WHERE id = :id AND state = 'waiting' RETURNING id"
)
_BUSY = f"SELECT id FROM imports WHERE account_id = :account AND {_OPEN} LIMIT 1"
_BEGIN = "UPDATE imports SET state = 'running', total = :total WHERE id = :id AND state = 'waiting'"
_ADVANCE = (
    "UPDATE imports SET cursor = :to, taken = taken + :taken, known = known + :known,"
    " refused = refused + :refused, problems = problems + :problems"
    " WHERE id = :id AND state = 'running' AND cursor = :cursor RETURNING problems"
)
_END = (
    "UPDATE imports SET state = :state, finished_at = :at, error = :error"
    f" WHERE id = :id AND {_OPEN} RETURNING id"
)
_COUNTED = (
    "UPDATE polls SET votes_count = :votes, voters_count = :voters"
    " WHERE id = :poll AND voters_count = 0 RETURNING id"
)
_OPTION = "UPDATE poll_options SET votes_count = :count WHERE poll_id = :poll AND place = :place"
_POST = "UPDATE posts SET revision = revision + 1 WHERE id = :post"


def add_export(dialect: Dialect, operation: AddExport) -> Steps[None]:
    """An archive is asked for; guards `id`, `exists`, `often`."""
    made = operation.export
    yield from lock_account(dialect, made.account_id)
    values = {"account": made.account_id, "since": operation.since, "since_id": operation.since << 16}
    if (yield _RECENT, values):
        raise Conflict("There was an export already.", guard="often")
    values = {name: getattr(made, name) for name in EXPORT}
    yield insert("exports", EXPORT), values | {"state": str(made.state)}


def finish_export(dialect: Dialect, operation: FinishExport) -> Steps[None]:
    """What became of an export; guard `exists`."""
    values = {
        "id": operation.export_id,
        "state": str(operation.state),
        "size": operation.size,
        "posts": operation.posts,
        "at": operation.at,
        "error": operation.error,
    }
    if not (yield _FINISH, values):
        raise Conflict("The export is gone.", guard="exists")


def delete_export(dialect: Dialect, operation: DeleteExport) -> Steps[None]:
    """Forget an export."""
    yield "DELETE FROM exports WHERE id = :id", {"id": operation.export_id}


def add_import(dialect: Dialect, operation: AddImport) -> Steps[None]:
    """A file is brought along; guards `id`, `exists`, `busy`."""
    made = operation.item
    yield from lock_account(dialect, made.account_id)
    if (yield _BUSY, {"account": made.account_id}):
        raise Conflict("Another import has not ended.", guard="busy")
    values = {name: getattr(made, name) for name in IMPORT}
    values |= {"kind": str(made.kind), "state": str(made.state), "parts": " ".join(made.parts)}
    yield insert("imports", IMPORT), values


def begin_import(dialect: Dialect, operation: BeginImport) -> Steps[None]:
    """It runs; guard `exists`."""
    values = {"id": operation.import_id, "total": operation.total}
    locked = f"SELECT id FROM imports WHERE id = :id AND {_OPEN}{dialect.locked()}"
    if not (yield locked, values):
        raise Conflict("The import is gone.", guard="exists")
    yield _BEGIN, values


def advance_import(dialect: Dialect, operation: AdvanceImport) -> Steps[None]:
    """Some entries are dealt with; guard `cursor`."""
    values = {
        "id": operation.import_id,
        "cursor": operation.cursor,
        "to": operation.to,
        "taken": operation.taken,
        "known": operation.known,
        "refused": operation.refused,
        "problems": len(operation.problems),
    }
    advanced = yield _ADVANCE, values
    if not advanced:
        raise Conflict("The import is elsewhere.", guard="cursor")
    room = operation.limit - (advanced[0][0] - len(operation.problems))
    for problem in operation.problems[: max(0, room)]:
        yield insert("import_problems", PROBLEM), {name: getattr(problem, name) for name in PROBLEM}


def end_import(dialect: Dialect, operation: EndImport) -> Steps[None]:
    """Nothing more happens; guard `exists`."""
    values = {
        "id": operation.import_id,
        "state": str(operation.state),
        "at": operation.at,
        "error": operation.error,
    }
    if not (yield _END, values):
        raise Conflict("The import is gone.", guard="exists")


def delete_import(dialect: Dialect, operation: DeleteImport) -> Steps[None]:
    """Forget an import; its problems go by foreign key."""
    yield "DELETE FROM imports WHERE id = :id", {"id": operation.import_id}


def add_imported(dialect: Dialect, operation: AddImported) -> Steps[None]:
    """An entry was taken; guard `imported`."""
    values = {
        "account_id": operation.account_id,
        "source": operation.source,
        "result_id": operation.result_id,
    }
    added = insert("imported", list(values), "ON CONFLICT DO NOTHING RETURNING result_id")
    if not (yield added, values):
        raise Conflict("This was imported already.", guard="imported")


def set_poll_counts(dialect: Dialect, operation: SetPollCounts) -> Steps[None]:
    """Votes from elsewhere."""
    values = {"poll": operation.poll_id, "votes": sum(operation.counts), "voters": operation.voters}
    if not (yield _COUNTED, values):
        return
    for place, count in enumerate(operation.counts):
        yield _OPTION, {"poll": operation.poll_id, "place": place, "count": count}
    yield _POST, {"post": operation.post_id}
