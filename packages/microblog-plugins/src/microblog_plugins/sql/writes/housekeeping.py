"""Removing what has had its time, in the order of an index, and what operators do with dead jobs."""

from __future__ import annotations

import functools
from typing import NamedTuple

from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.ports.operations.housekeeping import (
    AddJobTallies,
    DiscardJobs,
    Expired,
    RemoveExpired,
    ReviveJobs,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps


class _Kept(NamedTuple):
    """Where something with an end is kept: its table and key, the end, and which rows have one. Where a
    column is `blanked`, the row stays.
    """

    table: str
    key: str
    end: str
    only: str = ""
    scale: str = ""
    blanked: str = ""


_KEPT = {
    Expired.SESSIONS: _Kept("sessions", "token_hash", "expires_at"),
    Expired.CODES: _Kept("authorization_codes", "code_hash", "expires_at", " AND used_at IS NULL"),
    Expired.IDEMPOTENCY_KEYS: _Kept("idempotency_keys", "account_id, key", "created_at"),
    Expired.DEAD_JOBS: _Kept("jobs", "id", "due_at", " AND state = 'dead'"),
    Expired.TALLIES: _Kept("job_tallies", "slot, kind, measure, bucket", "slot"),
    Expired.DELIVERIES: _Kept(
        "deliveries",
        "account_id, channel, frequency, notification_id",
        "notification_id",
        scale=f" * {1 << COUNTER_BITS}",
    ),
    Expired.ADDRESSES: _Kept("sessions", "token_hash", "created_at", " AND address <> ''", blanked="address"),
}


@functools.cache
def ended(what: Expired, select: str) -> str:
    """A query of up to `:limit` of what ended before `:before`, what ended first first."""
    kept = _KEPT[what]
    before = f"CAST(:before AS BIGINT){kept.scale}"
    return (
        f"SELECT {select} FROM {kept.table} WHERE {kept.end} < {before}{kept.only}"
        f" ORDER BY {kept.end} LIMIT :limit"
    )


def remove_expired(dialect: Dialect, operation: RemoveExpired) -> Steps[None]:
    """Remove what ended first. Rows that somebody else holds are left for the next time."""
    kept = _KEPT[operation.what]
    chosen = dialect.chosen(ended(operation.what, kept.key))
    change = f"UPDATE {kept.table} SET {kept.blanked} = ''" if kept.blanked else f"DELETE FROM {kept.table}"
    statement = f"{chosen} {change} WHERE ({kept.key}) IN (SELECT {kept.key} FROM chosen)"
    yield statement, {"before": operation.before, "limit": operation.limit}


def revive_jobs(dialect: Dialect, operation: ReviveJobs) -> Steps[None]:
    """Queue dead jobs anew."""
    statement = (
        "UPDATE jobs SET state = 'queued', due_at = :due_at, ready_at = :due_at, attempts = 0"
        f" WHERE {dialect.among('id', 'ids')} AND state = 'dead'"
    )
    yield statement, {"ids": dialect.ids(operation.job_ids), "due_at": operation.due_at}


def discard_jobs(dialect: Dialect, operation: DiscardJobs) -> Steps[None]:
    """Remove dead jobs."""
    statement = f"DELETE FROM jobs WHERE {dialect.among('id', 'ids')} AND state = 'dead'"
    yield statement, {"ids": dialect.ids(operation.job_ids)}


_COUNT_ON = (
    "INSERT INTO job_tallies (slot, kind, measure, bucket, count)"
    " VALUES (:slot, :kind, :measure, :bucket, :count)"
    " ON CONFLICT (slot, kind, measure, bucket) DO UPDATE SET count = job_tallies.count + excluded.count"
)


def add_job_tallies(dialect: Dialect, operation: AddJobTallies) -> Steps[None]:
    """Count on. All processes do so in one order, so that none waits for another that waits for it."""
    for each in sorted(operation.tallies, key=lambda each: (each.slot, each.kind, each.measure, each.bucket)):
        yield (
            _COUNT_ON,
            {
                "slot": each.slot,
                "kind": each.kind,
                "measure": str(each.measure),
                "bucket": each.bucket,
                "count": each.count,
            },
        )
