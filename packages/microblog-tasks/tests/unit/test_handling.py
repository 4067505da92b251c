from __future__ import annotations

import asyncio

import msgspec
import pytest

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.testing.sites import site_with
from microblog_tasks.handling import SiteJobs


class Kinds:
    PLUGIN = Manifest(name="rec")

    def __init__(self):
        self.ran = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    @hookimpl
    def register_jobs(self, site):
        async def note(job):
            await self.go_on.wait()
            self.ran.append((job.key, job.payload, job.attempts))

        return [JobKind(name="rec.note", handler=note)]


class Counted:
    """The queue, with the sizes of the batches in which jobs were begun."""

    def __init__(self, queue):
        self._queue, self.batches, self.away = queue, [], False

    def __getattr__(self, name):
        return getattr(self._queue, name)

    async def begin(self, jobs, *, until):
        if self.away:
            raise OSError("the database is away")
        self.batches.append(len(jobs))
        return await self._queue.begin(jobs, until=until)


@pytest.fixture
async def handling():
    plugin = Kinds()
    async with site_with({"rec": plugin}, installed=("tasks",), faces=("tasks",)) as site:
        jobs, stop = SiteJobs(site), asyncio.Event()
        jobs._queue = Counted(jobs._queue)
        working = asyncio.create_task(jobs.work(stop))
        yield Handling(site, plugin, jobs)
        plugin.go_on.set()
        stop.set()
        await working


class Handling:
    def __init__(self, site, plugin, jobs):
        self.site, self.plugin, self.jobs = site, plugin, jobs
        self.queue = site.ports.storage.queue

    async def claimed(self, *keys):
        """Jobs as messages name them."""
        now = self.site.ports.clock.now()
        unit = self.site.ports.unit()
        for key in keys:
            unit.outbox.add(
                Job(
                    id=self.site.ports.ids.at(now),
                    kind="rec.note",
                    key=key,
                    payload=b'{"of": "the row"}',
                    due_at=now,
                    created_at=now,
                )
            )
        await unit.commit()
        found = await self.queue.claim(now, limit=len(keys), lease=60_000, kinds=["rec.note"], begun=False)
        return [msgspec.structs.replace(job, key="", payload=b"") for job in found]


async def test_a_job_is_read_when_it_is_begun_and_its_row_is_gone_when_it_is_done(handling):
    (claimed,) = await handling.claimed("k")
    await handling.jobs.run(claimed)
    assert handling.plugin.ran == [("k", b'{"of": "the row"}', 1)]
    assert await handling.queue.get(claimed.id) is None


async def test_what_arrives_together_is_begun_together(handling):
    claimed = await handling.claimed(*map(str, range(40)))
    await asyncio.gather(*map(handling.jobs.run, claimed))
    assert len(handling.plugin.ran) == 40
    assert handling.jobs._queue.batches == [40]


async def test_a_message_that_comes_twice_runs_its_job_once(handling):
    (claimed,) = await handling.claimed("k")
    handling.plugin.go_on.clear()
    both = [asyncio.create_task(handling.jobs.run(claimed)) for _ in range(2)]
    await asyncio.sleep(0.05)
    await handling.jobs.run(claimed)
    handling.plugin.go_on.set()
    await asyncio.gather(*both)
    await handling.jobs.run(claimed)
    assert len(handling.plugin.ran) == 1
    assert handling.jobs.skipped == 3


async def test_a_kind_that_nobody_here_knows_is_left_for_others_and_said_once(handling, caplog):
    (claimed,) = await handling.claimed("k")
    for _ in range(2):
        await handling.jobs.run(msgspec.structs.replace(claimed, kind="gone.kind"))
    assert (await handling.queue.get(claimed.id)).state == "leased"
    assert caplog.text.count("gone.kind") == 1


async def test_a_job_that_could_not_be_begun_is_sent_again_later_and_counts_as_no_try(handling, caplog):
    (claimed,) = await handling.claimed("k")
    handling.jobs._queue.away = True
    await handling.jobs.run(claimed)
    assert "could not be begun" in caplog.text
    assert (await handling.queue.get(claimed.id)).attempts == 0
    handling.jobs._queue.away = False
    await handling.jobs.run(claimed)
    assert len(handling.plugin.ran) == 1
