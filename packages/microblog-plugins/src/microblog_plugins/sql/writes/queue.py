"""The outbox as a queue: claims and what becomes of them. Rows that somebody else holds are left out, not
waited for.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import JOB, job_of
from microblog_plugins.sql.steps import Steps


@functools.cache
def _due(dialect: Dialect, some_kinds: bool) -> str:
    kinds = f" AND {dialect.among_texts('j.kind', 'kinds')}" if some_kinds else ""
    return (
        f"SELECT j.id FROM jobs j{dialect.indexed('jobs_ready')}"
        f" WHERE j.state <> 'dead' AND j.ready_at <= :now{kinds}"
        f" ORDER BY j.ready_at, j.id LIMIT :limit{dialect.locked(skip=True)}"
    )


@functools.cache
def _take(dialect: Dialect) -> str:
    return (
        "UPDATE jobs SET state = 'leased', attempts = attempts + 1, lease_until = :until, ready_at = :until"
        f" WHERE {dialect.among('id', 'ids')} RETURNING {', '.join(JOB)}"
    )


def claim(dialect: Dialect, now: int, limit: int, lease: int, kinds: Sequence[str]) -> Steps[Sequence[Job]]:
    """Take due jobs, and jobs whose lease has ended."""
    parameters = {"now": now, "limit": limit, "kinds": dialect.texts(kinds)}
    due = [row[0] for row in (yield _due(dialect, bool(kinds)), parameters)]
    if not due:
        return ()
    rows = yield _take(dialect), {"until": now + lease, "ids": dialect.ids(due)}
    jobs = {row[0]: job_of(row) for row in rows}
    return tuple(jobs[job_id] for job_id in due)


def finish(dialect: Dialect, job_ids: Sequence[int]) -> Steps[None]:
    """These are done."""
    yield f"DELETE FROM jobs WHERE {dialect.among('id', 'ids')}", {"ids": dialect.ids(job_ids)}


def retry(job_id: int, due_at: int, error: str) -> Steps[None]:
    """Queue it again."""
    statement = (
        "UPDATE jobs SET state = 'queued', due_at = :due_at, ready_at = :due_at, lease_until = 0, error ="
        " :error"
        " WHERE id = :id"
    )
    yield statement, {"id": job_id, "due_at": due_at, "error": error}


def bury(job_id: int, error: str) -> Steps[None]:
    """Keep it among the dead."""
    statement = "UPDATE jobs SET state = 'dead', lease_until = 0, error = :error WHERE id = :id"
    yield statement, {"id": job_id, "error": error}


def next_due(dialect: Dialect) -> Steps[int | None]:
    """When something can be claimed next."""
    statement = (
        f"SELECT ready_at FROM jobs{dialect.indexed('jobs_ready')} WHERE state <> 'dead'"
        " ORDER BY ready_at, id LIMIT 1"
    )
    rows = yield statement, {}
    return rows[0][0] if rows else None
