"""Operations of operators and of housekeeping: dead jobs, how jobs went, and what has had its time."""

from __future__ import annotations

import enum

from microblog_core.domain.jobs import JobTally
from microblog_core.ports.operations.base import Operation


class Expired(enum.StrEnum):
    """What a storage keeps that has its time, and which moment counts.

    Of sessions, and of authorization codes that nobody used, it is their end; of idempotency keys, tallies
    and deliveries that wait, when they were made; of dead jobs, when they were due for the last time. Of
    `addresses`, the network addresses of sessions, it is when these began; the sessions stay.
    """

    SESSIONS = "sessions"
    CODES = "codes"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    DEAD_JOBS = "dead_jobs"
    TALLIES = "job_tallies"
    DELIVERIES = "deliveries"
    ADDRESSES = "addresses"


class RemoveExpired(Operation, frozen=True, kw_only=True):
    """Remove up to `limit` of what ended before this moment (Unix milliseconds), what ended first first."""

    what: Expired
    before: int
    limit: int


class ReviveJobs(Operation, frozen=True, kw_only=True):
    """Queue those of these jobs that are dead anew, as if they had never been tried."""

    job_ids: tuple[int, ...]
    due_at: int


class DiscardJobs(Operation, frozen=True, kw_only=True):
    """Remove those of these jobs that are dead."""

    job_ids: tuple[int, ...]


class AddJobTallies(Operation, frozen=True, kw_only=True):
    """Add to what is counted of how jobs went."""

    tallies: tuple[JobTally, ...]
