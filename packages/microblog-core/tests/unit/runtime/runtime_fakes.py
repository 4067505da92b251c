"""A site with just enough of everything for the job runner: a queue in a dict, a clock to turn, a bus."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec

from microblog_core.domain.ids import IdFactory
from microblog_core.plugins.observing import Observers
from microblog_core.ports.operations import AddJob, AddJobTallies, EndJob, Job, PutValue
from microblog_core.ports.unit import UnitOfWork
from microblog_core.runtime.bus import MemoryBus


class TurnedClock:
    def __init__(self) -> None:
        self.moment = 1_700_000_000_000

    def now(self) -> int:
        return self.moment


class DictQueue:
    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.claims: list[int] = []
        self.finishes: list[int] = []
        self.renewed: list[int] = []
        self.failing = 0

    def add(self, job: Job) -> None:
        if not any((each.kind, each.key) == (job.kind, job.key) for each in self.jobs.values()):
            self.jobs[job.id] = job

    async def claim(self, now, *, limit, lease, kinds=()):
        if self.failing:
            self.failing -= 1
            raise OSError("the queue is away")
        due = [
            job
            for job in sorted(self.jobs.values(), key=lambda job: job.due_at)
            if job.kind in kinds
            and (
                (job.state == "queued" and job.due_at <= now)
                or (job.state == "leased" and job.lease_until <= now)
            )
        ][:limit]
        taken = [
            msgspec.structs.replace(job, state="leased", lease_until=now + lease, attempts=job.attempts + 1)
            for job in due
        ]
        self.jobs.update({job.id: job for job in taken})
        if taken:
            self.claims.append(len(taken))
        return taken

    async def renew(self, jobs, *, until):
        self.renewed += [job.id for job in jobs]
        for job in jobs:
            if self.jobs[job.id].state == "leased":
                self.jobs[job.id] = msgspec.structs.replace(self.jobs[job.id], lease_until=until)

    async def finish(self, jobs):
        self.finishes.append(len(jobs))
        for job in jobs:
            self.jobs.pop(job.id, None)

    async def retry(self, job, *, due_at, error):
        self.jobs[job.id] = msgspec.structs.replace(
            self.jobs[job.id], state="queued", due_at=due_at, error=error
        )
        return True

    async def bury(self, job, *, error):
        self.jobs[job.id] = msgspec.structs.replace(self.jobs[job.id], state="dead", error=error)
        return True

    async def next_due(self, kinds=()):
        return min(
            (
                job.due_at if job.state == "queued" else job.lease_until
                for job in self.jobs.values()
                if job.state != "dead" and (not kinds or job.kind in kinds)
            ),
            default=None,
        )


class QueueStorage:
    def __init__(self, queue: DictQueue) -> None:
        self.queue = queue
        self.tallies = []
        self.tallied = 0
        self.kept = {}

    async def commit(self, operations) -> None:
        for operation in operations:
            if isinstance(operation, PutValue):
                self.kept[operation.plugin, operation.key] = operation.value
                continue
            if isinstance(operation, AddJobTallies):
                self.tallies += operation.tallies
                self.tallied += 1
                continue
            if isinstance(operation, EndJob):
                assert self.queue.jobs.pop(operation.job_id).attempts == operation.attempts
                continue
            assert isinstance(operation, AddJob)
            self.queue.add(operation.job)


class NoCache:
    def drop(self, tags) -> None:
        pass


def make_site(*kinds, schedules=()):
    queue, bus, clock = DictQueue(), MemoryBus(), TurnedClock()
    storage = QueueStorage(queue)
    ports = SimpleNamespace(
        storage=storage,
        bus=bus,
        clock=clock,
        ids=IdFactory(),
        unit=lambda: UnitOfWork(storage, NoCache(), bus, lambda event: ()),
    )
    contributions = SimpleNamespace(
        jobs={kind.name: kind for kind in kinds}, subscribers=(), events=(), schedules=tuple(schedules)
    )
    metrics = SimpleNamespace(timed=[])
    metrics.timing = lambda name, seconds, labels: metrics.timed.append((name, labels))
    return SimpleNamespace(
        name="main", ports=ports, contributions=contributions, metrics=metrics, observers=Observers()
    )


def queue_job(site, kind, key="", due_in=0, payload=b"{}"):
    now = site.ports.clock.now()
    job_id = site.ports.ids.at(now)
    job = Job(
        id=job_id, kind=kind, key=key or str(job_id), payload=payload, due_at=now + due_in, created_at=now
    )
    site.ports.storage.queue.add(job)
    return job
