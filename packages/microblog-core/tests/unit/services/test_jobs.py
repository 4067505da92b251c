"""Operators see what failed, and decide what becomes of it."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddJob, Job
from microblog_core.services import jobs
from microblog_core.services.jobs import DeadJobs, JobCommand
from microblog_core.testing.world import World


async def dead_jobs(world: World, *kinds: str) -> list[Job]:
    now, made = world.clock.now(), []
    for number, kind in enumerate(kinds):
        job = Job(
            id=world.build.next_id(), kind=kind, key=str(number), payload=b"{}", due_at=now, created_at=now
        )
        await world.storage.commit([AddJob(job=job)])
        made.append(job)
    for job in await world.storage.queue.claim(now, limit=len(made), lease=1000):
        await world.storage.queue.bury(job, error="no luck")
    return made


async def test_a_dead_job_is_tried_again_and_the_log_says_who_did_it(world: World) -> None:
    operator = await world.actor(await world.build.account("root", role=Role.ADMINISTRATOR))
    (job,) = await dead_jobs(world, "mail")
    assert (await jobs.read_job(world.ports, operator, job.id)).error == "no luck"
    which = JobCommand(job_id=job.id)
    await jobs.retry_job(world.ports, operator, which)
    (waiting,) = (await jobs.list_jobs(world.ports, operator, "queued", Page())).items
    assert (waiting.id, waiting.attempts) == (job.id, 0)
    with pytest.raises(Conflict):
        await jobs.retry_job(world.ports, operator, which)
    (line,) = (await world.storage.audit(Page())).items
    assert (line.actor_id, line.action, line.subject) == (operator.id, "jobs.retry", str(job.id))


async def test_a_discarded_job_is_gone(world: World) -> None:
    (job,) = await dead_jobs(world, "mail")
    which = JobCommand(job_id=job.id)
    await jobs.discard_job(world.ports, SYSTEM, which)
    for attempt in (jobs.discard_job, jobs.retry_job):
        with pytest.raises(NotFound):
            await attempt(world.ports, SYSTEM, which)
    with pytest.raises(NotFound):
        await jobs.read_job(world.ports, SYSTEM, job.id)


async def test_many_are_retried_or_discarded_by_kind(world: World) -> None:
    await dead_jobs(world, *["mail"] * 90, *["hook"] * 90)
    assert await jobs.retry_dead(world.ports, SYSTEM, DeadJobs(kind="hook")) == 90
    assert await jobs.discard_dead(world.ports, SYSTEM, DeadJobs()) == 90
    counted = await jobs.count_jobs(world.ports, SYSTEM)
    assert [(each.kind, each.state, each.count) for each in counted] == [("hook", "queued", 90)]


async def test_only_operators_may_and_states_have_names(world: World) -> None:
    ada = await world.actor(await world.build.account("ada", role=Role.MODERATOR))
    (job,) = await dead_jobs(world, "mail")
    which = JobCommand(job_id=job.id)
    for attempt in (
        jobs.count_jobs(world.ports, ada),
        jobs.list_jobs(world.ports, ada, "dead", Page()),
        jobs.read_job(world.ports, ada, job.id),
        jobs.retry_job(world.ports, ada, which),
        jobs.discard_job(world.ports, ada, which),
        jobs.retry_dead(world.ports, ada, DeadJobs()),
        jobs.discard_dead(world.ports, ada, DeadJobs()),
    ):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(Invalid):
        await jobs.list_jobs(world.ports, SYSTEM, "lost", Page())
