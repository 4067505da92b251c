"""Jobs and schedules: work that is done after the commit, at least once, and the queue that it waits in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from microblog_core.domain.jobs import HourTally, JobTally
from microblog_core.domain.timelines import Listing, Page
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
    """A kind of job: its handler, how it is retried, and its timeout in seconds.

    Due jobs of a higher `priority` are begun first. Of one kind at most `limit` run at a time in a process
    (None: as many as there is room for). `shows` names the fields of its payloads whose texts operators may
    read (numbers and ids they read anyway); no field that may hold somebody's words or a secret.
    """

    name: str
    handler: JobHandler
    retry: RetryPolicy = RetryPolicy()
    timeout: float = 60.0
    priority: int = 0
    limit: int | None = None
    shows: tuple[str, ...] = ()


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A job of `kind` every `every` seconds, or whenever the expression `cron` says (see `runtime.cron`), by
    the clocks of `timezone` (a name of the IANA database). Runs that were missed are caught up once.
    """

    name: str
    kind: str
    every: float = 0.0
    cron: str = ""
    timezone: str = "UTC"
    payload: bytes = b"{}"


class JobCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a kind are in a state, and when the first of them was due (Unix milliseconds)."""

    kind: str
    state: str
    count: int
    oldest_due_at: int


COUNTED = 1000
"""An overview counts up to so many of a kind, so that it costs the same however much waits."""


class KindOverview(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of job stands. Each number is exact up to `COUNTED`, and one more for whatever is above.

    `due` may be begun now (and isn't), `scheduled` waits for its time, `running` is claimed, `dead` failed
    for good. `next_at` is when the first of those that are not dead may be begun or its lease ends (Unix
    milliseconds).
    """

    kind: str
    due: int = 0
    scheduled: int = 0
    running: int = 0
    dead: int = 0
    next_at: int | None = None


class Queue(Protocol):
    """The outbox as a queue. Claims are exclusive until their lease ends; a job lives until it is finished or
    discarded.

    What takes a `Job` concerns the claim that returned it: who was too slow to keep its lease can't settle
    what somebody else has begun since.
    """

    async def claim(
        self, now: int, *, limit: int, lease: int, kinds: Sequence[str] = (), begun: bool = True
    ) -> Sequence[Job]:
        """Take due jobs (of these kinds, all if empty), oldest due first, for `lease` milliseconds; attempts
        grow by one. Without `begun` they don't: then somebody else runs them, and begins them with `begin`.
        """
        ...

    async def begin(self, jobs: Sequence[Job], *, until: int) -> Sequence[Job]:
        """Begin jobs that were claimed without being begun; their attempts grow by one, and their leases end
        at `until` (Unix milliseconds). Returns those for which nobody else did so or has claimed them since,
        as they are now, in any order: of two who begin the same claim of a job one gets it.
        """
        ...

    async def hand_back(self, jobs: Sequence[Job]) -> None:
        """Queue jobs again, with their due times, that were claimed and not begun. Those that somebody has
        begun or claimed since stay as they are.
        """
        ...

    async def renew(self, jobs: Sequence[Job], *, until: int) -> None:
        """These still run: their leases end at `until` (Unix milliseconds). Who lost a claim to somebody else
        (the attempts say so) changes nothing.
        """
        ...

    async def finish(self, jobs: Sequence[Job]) -> None:
        """These are done; their rows go, but for those that somebody else has begun since (the attempts say
        so).
        """
        ...

    async def retry(self, job: Job, *, due_at: int, error: str) -> bool:
        """This failed and is to be tried again at `due_at` (Unix milliseconds). False where nothing happened,
        since it is gone, or settled or begun by somebody else.
        """
        ...

    async def bury(self, job: Job, *, error: str) -> bool:
        """This failed for good: state `dead`, kept with its error until somebody revives or discards it.
        False as for `retry`.
        """
        ...

    async def revive(self, job_id: int, *, due_at: int) -> bool:
        """Queue a dead job anew, as if it had never been tried; whether there was one."""
        ...

    async def next_due(self, kinds: Sequence[str] = ()) -> int | None:
        """When the next queued job (of these kinds, all if empty) is due or a lease ends (Unix milliseconds);
        None if nothing waits.
        """
        ...

    async def get(self, job_id: int) -> Job | None:
        """One job."""
        ...

    async def page(self, state: str, page: Page, *, kind: str = "") -> Listing[Job]:
        """Jobs in a state (`queued`, `leased`, `dead`), of this kind if one is named, newest first."""
        ...

    async def count(self) -> Sequence[JobCount]:
        """How many there are of each kind in each state."""
        ...

    async def overview(self, now: int) -> Sequence[KindOverview]:
        """How the kinds stand of which there are jobs, by name."""
        ...

    async def discard(self, job_id: int) -> bool:
        """Remove a job, whatever its state; whether there was one."""
        ...

    async def tallies(self, since: int) -> Sequence[JobTally]:
        """What was counted in the slots from `since` (Unix milliseconds) on, slot by slot, in any order."""
        ...

    async def hours(self, since: int) -> Sequence[HourTally]:
        """What was counted of all kinds from `since` on, by whole hours (UTC), in any order."""
        ...
