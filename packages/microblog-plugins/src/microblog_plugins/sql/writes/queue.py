"""The outbox as a queue: claims and what becomes of them. Rows that somebody else holds are left out, not
waited for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import JOB, job_of
from microblog_plugins.sql.steps import Steps

_WAITING = "x.state <> 'dead' AND x.ready_at <= :now"
_ORDER = "ORDER BY {0}.ready_at, {0}.id LIMIT :limit"


@functools.cache
def _due(dialect: Dialect, some_kinds: bool) -> str:
    """The due jobs, oldest due first. Each kind is a range of an index, so that what waits of other kinds,
    however much, costs nothing.
    """
    if not some_kinds:
        return f"SELECT x.id FROM jobs x WHERE {_WAITING} {_ORDER.format('x')}{dialect.locked(skip=True)}"
    kinds = dialect.unpacked("kinds", "TEXT")
    oldest = (
        f"FROM jobs x{dialect.indexed('jobs_kind')} WHERE x.kind = unpacked.value AND {_WAITING}"
        f" {_ORDER.format('x')}"
    )
    if dialect.has_lateral:
        each = f"LATERAL (SELECT x.id, x.ready_at {oldest}{dialect.locked(skip=True)}) AS j"
        return f"SELECT j.id FROM {kinds} CROSS JOIN {each} {_ORDER.format('j')}"
    chosen = f"jobs j WHERE j.id IN (SELECT x.id {oldest})"
    return f"SELECT j.id FROM {kinds} CROSS JOIN {chosen} {_ORDER.format('j')}"


@functools.cache
def _take(dialect: Dialect) -> str:
    return (
        "UPDATE jobs SET state = 'leased', attempts = attempts + :begun, lease_until = :until,"
        " ready_at = :until"
        f" WHERE {dialect.among('id', 'ids')} RETURNING {', '.join(JOB)}"
    )


def claim(
    dialect: Dialect, now: int, limit: int, lease: int, kinds: Sequence[str], begun: bool
) -> Steps[Sequence[Job]]:
    """Take due jobs, and jobs whose lease has ended."""
    parameters = {"now": now, "limit": limit, "kinds": dialect.texts(kinds)}
    due = [row[0] for row in (yield _due(dialect, bool(kinds)), parameters)]
    if not due:
        return ()
    rows = yield _take(dialect), {"until": now + lease, "ids": dialect.ids(due), "begun": int(begun)}
    jobs = {row[0]: job_of(row) for row in rows}
    return tuple(jobs[job_id] for job_id in due)


_UNBEGUN = "state = 'leased' AND attempts = :attempts AND lease_until = :claimed_until"
"""Both tell a claim from others: beginning changes the attempts, another claim the end of the lease."""


@functools.cache
def _begin(dialect: Dialect) -> str:
    return (
        "UPDATE jobs SET attempts = attempts + 1, lease_until = :until, ready_at = :until"
        f" WHERE {dialect.among('id', 'ids')} AND {_UNBEGUN} RETURNING {', '.join(JOB)}"
    )


def begin(dialect: Dialect, jobs: Sequence[Job], until: int) -> Steps[Sequence[Job]]:
    """Begin those that nobody else has begun; a statement for each claim that they come from."""
    begun: list[Job] = []
    for values in _claims(dialect, jobs):
        begun += map(job_of, (yield _begin(dialect), {**values, "until": until}))
    return begun


def hand_back(dialect: Dialect, jobs: Sequence[Job]) -> Steps[None]:
    """Nobody begins these."""
    statement = (
        "UPDATE jobs SET state = 'queued', lease_until = 0, ready_at = due_at"
        f" WHERE {dialect.among('id', 'ids')} AND {_UNBEGUN}"
    )
    for values in _claims(dialect, jobs):
        yield statement, values


def _claims(dialect: Dialect, jobs: Sequence[Job]) -> Iterator[dict[str, object]]:
    claims: dict[tuple[int, int], list[int]] = {}
    for job in jobs:
        claims.setdefault((job.attempts, job.lease_until), []).append(job.id)
    for (attempts, until), job_ids in claims.items():
        yield {"ids": dialect.ids(job_ids), "attempts": attempts, "claimed_until": until}


_HELD = "state = 'leased' AND attempts = :attempts"
"""Nobody else has begun it since. The lease itself may have been renewed, or have ended."""


def finish(dialect: Dialect, jobs: Sequence[Job]) -> Steps[None]:
    """These are done."""
    for values in _tries(dialect, jobs):
        yield f"DELETE FROM jobs WHERE {dialect.among('id', 'ids')} AND {_HELD}", values


def retry(job: Job, due_at: int, error: str) -> Steps[bool]:
    """Queue it again."""
    statement = (
        "UPDATE jobs SET state = 'queued', due_at = :due_at, ready_at = :due_at, lease_until = 0,"
        f" error = :error WHERE id = :id AND {_HELD} RETURNING id"
    )
    values = {"id": job.id, "attempts": job.attempts, "due_at": due_at, "error": error}
    return bool((yield statement, values))


def bury(job: Job, error: str) -> Steps[bool]:
    """Keep it among the dead."""
    statement = (
        "UPDATE jobs SET state = 'dead', lease_until = 0, error = :error"
        f" WHERE id = :id AND {_HELD} RETURNING id"
    )
    return bool((yield statement, {"id": job.id, "attempts": job.attempts, "error": error}))


def renew(dialect: Dialect, jobs: Sequence[Job], until: int) -> Steps[None]:
    """These still run, unless somebody else has begun them since."""
    statement = (
        "UPDATE jobs SET lease_until = :until, ready_at = :until"
        f" WHERE {dialect.among('id', 'ids')} AND {_HELD}"
    )
    for values in _tries(dialect, jobs):
        yield statement, {**values, "until": until}


def _tries(dialect: Dialect, jobs: Sequence[Job]) -> Iterator[dict[str, object]]:
    """A statement's values for each number of attempts: nearly all have one."""
    tries: dict[int, list[int]] = {}
    for job in jobs:
        tries.setdefault(job.attempts, []).append(job.id)
    for attempts, job_ids in tries.items():
        yield {"ids": dialect.ids(job_ids), "attempts": attempts}


def revive(job_id: int, due_at: int) -> Steps[bool]:
    """Queue a dead job anew."""
    statement = (
        "UPDATE jobs SET state = 'queued', due_at = :due_at, ready_at = :due_at, attempts = 0"
        " WHERE id = :id AND state = 'dead' RETURNING id"
    )
    return bool((yield statement, {"id": job_id, "due_at": due_at}))


def discard(job_id: int) -> Steps[bool]:
    """Remove it."""
    return bool((yield "DELETE FROM jobs WHERE id = :id RETURNING id", {"id": job_id}))


def next_due(dialect: Dialect, kinds: Sequence[str]) -> Steps[int | None]:
    """When something can be claimed next."""
    if not kinds:
        rows = yield "SELECT MIN(x.ready_at) FROM jobs x WHERE x.state <> 'dead'", {}
    else:
        first = (
            f"(SELECT MIN(x.ready_at) FROM jobs x{dialect.indexed('jobs_kind')}"
            " WHERE x.kind = unpacked.value AND x.state <> 'dead')"
        )
        each = f"(SELECT {first} AS ready_at FROM {dialect.unpacked('kinds', 'TEXT')}) AS t"
        statement = f"SELECT MIN(t.ready_at) FROM {each}"
        rows = yield statement, {"kinds": dialect.texts(kinds)}
    due: int | None = rows[0][0]
    return due
