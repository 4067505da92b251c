"""What ended, and what operators do with dead jobs, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.ids import milliseconds_of
from microblog_core.memory.tables import Table, Tables
from microblog_core.ports.operations.housekeeping import (
    AddJobTallies,
    DiscardJobs,
    Expired,
    RemoveExpired,
    ReviveJobs,
)


class ExpiredReads:
    """A `ports.housekeeping.ExpiredReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def count(self, what: Expired, before: int, limit: int) -> int:
        """How many ended."""
        return min(len(_expired(self._tables, what, before)), limit)


def remove_expired(tables: Tables, operation: RemoveExpired) -> None:
    """Remove what ended first."""
    for _, key in _expired(tables, operation.what, operation.before)[: operation.limit]:
        if operation.what is Expired.ADDRESSES:
            tables.sessions.put(key, replace(tables.sessions.rows[key], address=""))
            continue
        _table(tables, operation.what).remove(key)


def revive_jobs(tables: Tables, operation: ReviveJobs) -> None:
    """Queue dead jobs anew."""
    for job_id in operation.job_ids:
        job = tables.jobs.get(job_id)
        if job is not None and job.state == "dead":
            tables.jobs.put(job_id, replace(job, state="queued", due_at=operation.due_at, attempts=0))


def discard_jobs(tables: Tables, operation: DiscardJobs) -> None:
    """Remove dead jobs."""
    for job_id in operation.job_ids:
        job = tables.jobs.get(job_id)
        if job is not None and job.state == "dead":
            tables.jobs.remove(job_id)


def add_job_tallies(tables: Tables, operation: AddJobTallies) -> None:
    """Count on."""
    for each in operation.tallies:
        key = (each.slot, each.kind, each.measure, each.bucket)
        tables.job_tallies.put(key, (tables.job_tallies.get(key) or 0) + each.count)


def _table(tables: Tables, what: Expired) -> Table[Any, Any]:
    found: dict[Expired, Table[Any, Any]] = {
        Expired.SESSIONS: tables.sessions,
        Expired.CODES: tables.codes,
        Expired.IDEMPOTENCY_KEYS: tables.used_keys,
        Expired.DEAD_JOBS: tables.jobs,
        Expired.TALLIES: tables.job_tallies,
        Expired.DELIVERIES: tables.deliveries,
    }
    return found[what]


def _expired(tables: Tables, what: Expired, before: int) -> list[tuple[int, Any]]:
    """The ends and keys of what ended, the first first."""
    return sorted((end, key) for end, key in _ends(tables, what) if end < before)


def _ends(tables: Tables, what: Expired) -> Iterable[tuple[int, Any]]:
    if what is Expired.SESSIONS:
        return ((row.expires_at, key) for key, row in tables.sessions.rows.items())
    if what is Expired.ADDRESSES:
        return ((row.created_at, key) for key, row in tables.sessions.rows.items() if row.address)
    if what is Expired.CODES:
        codes = tables.codes.rows.items()
        return ((code.expires_at, key) for key, code in codes if code.used_at is None)
    if what is Expired.IDEMPOTENCY_KEYS:
        return ((used.created_at, key) for key, used in tables.used_keys.rows.items())
    if what is Expired.DEAD_JOBS:
        return ((job.due_at, job.id) for job in tables.jobs.rows.values() if job.state == "dead")
    if what is Expired.TALLIES:
        return ((key[0], key) for key in tables.job_tallies.rows)
    return ((milliseconds_of(key[3]), key) for key in tables.deliveries.rows)
