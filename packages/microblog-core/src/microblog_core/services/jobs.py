"""The queue as operators see it: what waits, runs and failed for good; try it again, or give it up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DiscardJobs, Job, Operation, ReviveJobs
from microblog_core.ports.queue import JobCount

STATES = ("queued", "leased", "dead")


class JobCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which job."""

    job_id: int


class DeadJobs(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs that failed for good, all or those of one kind; no more of them once there were `limit`, to
    within a page.
    """

    kind: str = ""
    limit: int | None = None


@authorised("jobs.manage")
async def count_jobs(ports: Ports, actor: Actor) -> Sequence[JobCount]:
    """How many jobs there are of each kind in each state."""
    return await ports.storage.queue.count()


@authorised("jobs.manage")
async def list_jobs(ports: Ports, actor: Actor, state: str, page: Page, *, kind: str = "") -> Listing[Job]:
    """Jobs in one of `STATES`, of one kind if it is named, newest first. Raises `Invalid` with the field
    `state`.
    """
    if state not in STATES:
        raise Invalid(fields={"state": f"Use one of {', '.join(STATES)}."})
    return await ports.storage.queue.page(state, page, kind=kind)


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
    """Queue the jobs that failed for good anew (those of one kind, if it is named), due now; how many."""
    due_at = ports.clock.now()
    return await _each_dead(ports, command, lambda ids: ReviveJobs(job_ids=ids, due_at=due_at))


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
    """Remove the jobs that failed for good (those of one kind, if it is named); how many."""
    return await _each_dead(ports, command, lambda ids: DiscardJobs(job_ids=ids))


_GONE = "There is no such job: it is done, or was discarded."


async def _job(ports: Ports, job_id: int) -> Job:
    job = await ports.storage.queue.get(job_id)
    if job is None:
        raise NotFound(_GONE)
    return job


async def _each_dead(
    ports: Ports, command: DeadJobs, operation_on: Callable[[tuple[int, ...]], Operation]
) -> int:
    """A page of dead jobs in each transaction, newest first: what dies again meanwhile is met once. The first
    one holds the line of the audit log, even if nothing is dead.
    """
    done, page, unit = 0, Page(limit=PAGE_MAX), ports.unit()
    while True:
        found = await ports.storage.queue.page("dead", page, kind=command.kind)
        ids = tuple([job.id for job in found.items])
        unit.apply(operation_on(ids))
        await unit.commit()
        done += len(ids)
        if found.older is None or (command.limit is not None and done >= command.limit):
            return done
        page, unit = Page(limit=PAGE_MAX, max_id=found.older), replace(ports, preset=()).unit()
