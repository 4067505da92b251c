"""The queue as operators see it: what waits, runs and failed for good; try it again, or give it up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobCount

STATES = ("queued", "leased", "dead")


class JobCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which job."""

    job_id: int


class DeadJobs(msgspec.Struct, frozen=True, kw_only=True):
    """All jobs that failed for good, or those of one kind."""

    kind: str = ""


@authorised("jobs.manage")
async def count_jobs(ports: Ports, actor: Actor) -> Sequence[JobCount]:
    """How many jobs there are of each kind in each state."""
    return await ports.storage.queue.count()


@authorised("jobs.manage")
async def list_jobs(ports: Ports, actor: Actor, state: str, page: Page) -> Listing[Job]:
    """Jobs in one of `STATES`, newest first. Raises `Invalid` with the field `state`."""
    if state not in STATES:
        raise Invalid(fields={"state": f"Use one of {', '.join(STATES)}."})
    return await ports.storage.queue.page(state, page)


@authorised("jobs.manage")
async def read_job(ports: Ports, actor: Actor, job_id: int) -> Job:
    """One job. Raises `NotFound`: what is done is gone."""
    return await _job(ports, job_id)


@authorised("jobs.manage")
@audited("jobs.retry", lambda command: command.job_id)
async def retry_job(ports: Ports, actor: Actor, command: JobCommand) -> None:
    """Queue a job that failed for good anew, due now. Raises `NotFound`, `Conflict` (it waits or runs)."""
    job = await _job(ports, command.job_id)
    if not await ports.storage.queue.revive(job.id, due_at=ports.clock.now()):
        raise Conflict("This job did not fail for good: it is tried again by itself.", guard="state")
    await ports.unit().commit()


@authorised("jobs.manage")
@audited("jobs.retry_dead", lambda command: command.kind)
async def retry_dead(ports: Ports, actor: Actor, command: DeadJobs) -> int:
    """Queue all jobs that failed for good anew (those of one kind, if it is named), due now; how many."""
    done = 0
    async for job in _dead(ports, command.kind):
        done += await ports.storage.queue.revive(job.id, due_at=ports.clock.now())
    await ports.unit().commit()
    return done


@authorised("jobs.manage")
@audited("jobs.discard", lambda command: command.job_id)
async def discard_job(ports: Ports, actor: Actor, command: JobCommand) -> None:
    """Remove a job, whatever its state: it will never be done. Raises `NotFound`."""
    if not await ports.storage.queue.discard(command.job_id):
        raise NotFound(_GONE)
    await ports.unit().commit()


@authorised("jobs.manage")
@audited("jobs.discard_dead", lambda command: command.kind)
async def discard_dead(ports: Ports, actor: Actor, command: DeadJobs) -> int:
    """Remove all jobs that failed for good (those of one kind, if it is named); how many."""
    done = 0
    async for job in _dead(ports, command.kind):
        done += await ports.storage.queue.discard(job.id)
    await ports.unit().commit()
    return done


_GONE = "There is no such job: it is done, or was discarded."


async def _job(ports: Ports, job_id: int) -> Job:
    job = await ports.storage.queue.get(job_id)
    if job is None:
        raise NotFound(_GONE)
    return job


async def _dead(ports: Ports, kind: str) -> AsyncIterator[Job]:
    page = Page(limit=PAGE_MAX)
    while True:
        listing = await ports.storage.queue.page("dead", page)
        for job in listing.items:
            if kind in ("", job.kind):
                yield job
        if listing.older is None:
            return
        page = Page(limit=PAGE_MAX, max_id=listing.older)
