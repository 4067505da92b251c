"""Jobs and schedules: work that is done after the commit, at least once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from microblog_core.ports.operations import Job

JobHandler = Callable[[Job], Awaitable[None]]
"""Does a job; called again with the same key if the process died in between, so it must be idempotent by key.
"""


class RetryPolicy(msgspec.Struct, frozen=True):
    """Tries, and the waiting between them: `first_delay` seconds, doubled each time up to `max_delay`, with
    jitter.
    """

    tries: int = 8
    first_delay: float = 2.0
    max_delay: float = 3600.0


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of job: its handler, how it is retried, and its timeout in seconds."""

    name: str
    handler: JobHandler
    retry: RetryPolicy = RetryPolicy()
    timeout: float = 60.0


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A job of `kind` every `every` seconds; one that was missed is caught up once."""

    name: str
    kind: str
    every: float
    payload: bytes = b"{}"
