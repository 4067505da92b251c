"""Operations on jobs, the audit log, idempotency keys and what plugins store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from microblog_core.ports.operations.base import Operation
from microblog_core.ports.tracing import current_trace


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the outbox: something to do after the commit, at least once, until its handler has finished.

    `key` is unique among the jobs of its `kind` that have not finished. `payload` is JSON. Moments are Unix
    milliseconds. `trace` is the trace (`ports.tracing`) of whoever queues it, so that theirs goes on in it.
    """

    id: int
    kind: str
    key: str
    payload: bytes
    due_at: int
    created_at: int
    attempts: int = 0
    state: str = "queued"
    lease_until: int = 0
    error: str = ""
    trace: str = msgspec.field(default_factory=current_trace.get)


class AddJob(Operation, frozen=True, kw_only=True):
    """An outbox row; does nothing where (kind, key) is there already."""

    job: Job


class EndJob(Operation, frozen=True, kw_only=True):
    """Ends a job in the transaction of what it did, so that this is done once. Raises `Conflict` with the
    guard `job` where the job is gone or somebody else has begun it since (the attempts say so).
    """

    job_id: int
    attempts: int


class AddAudit(Operation, frozen=True, kw_only=True):
    """Who did what to whom, kept for operators; `detail` holds no secrets."""

    id: int
    actor_id: int | None
    action: str
    subject: str
    detail: str = ""
    created_at: int


class AddIdempotencyKey(Operation, frozen=True, kw_only=True):
    """`result_id` is what the first request with this key made. Guard: `key` (used already).

    A use at or before `since` (Unix milliseconds) is forgotten and replaced.
    """

    account_id: int
    key: str
    result_id: int
    created_at: int
    since: int = 0


VALUE_BYTES = 64 * 1024


def value_key(plugin: str, key: str) -> str:
    """The cache key of a value in the plugin store: an entry tagged with it is dropped, in every process,
    when the value is written or removed.
    """
    return f"value:{plugin}:{key}"


class PutValue(Operation, frozen=True, kw_only=True):
    """A value in the plugin store, at most `VALUE_BYTES` (64 KiB); more raises `TooLarge`."""

    plugin: str
    key: str
    value: bytes

    def changed(self) -> tuple[str, ...]:
        """What somebody keeps of the value in a cache."""
        return (value_key(self.plugin, self.key),)


class AddValue(Operation, frozen=True, kw_only=True):
    """A value that is stored once, whoever comes first. Guard: `value` (there already). Raises `TooLarge`."""

    plugin: str
    key: str
    value: bytes

    def changed(self) -> tuple[str, ...]:
        """What somebody keeps of the value in a cache."""
        return (value_key(self.plugin, self.key),)


class DeleteValue(Operation, frozen=True, kw_only=True):
    """Remove a value from the plugin store."""

    plugin: str
    key: str

    def changed(self) -> tuple[str, ...]:
        """What somebody keeps of the value in a cache."""
        return (value_key(self.plugin, self.key),)


class RunSql(Operation, frozen=True, kw_only=True):
    """A plugin's own statement on its own tables, with named parameters (`:name`)."""

    needs: ClassVar[str] = "sql"
    statement: str
    parameters: Mapping[str, str | int | float | bytes | None]
