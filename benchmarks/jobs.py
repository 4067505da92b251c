"""`python -m benchmarks.jobs`: jobs a second through our broker beside bare taskiq-redis, and without broker.

Bare: a task that does nothing, sent with `kiq` through taskiq-redis' own `RedisStreamBroker` without results,
with as many senders at once as help it. Ours: the same through the broker of `microblog_plugins.redis`, and
the whole way of a job: claimed from the outbox on SQLite, sent, begun, run, settled, acknowledged. Sender and
receiver share one process in each case. Rates of one run are compared; absolute figures are not stable.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from taskiq import AsyncBroker
from taskiq_redis import RedisStreamBroker

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.runtime.jobs import JobRunner
from microblog_core.site import Site
from microblog_core.testing.redis import RedisServer, send
from microblog_core.testing.sites import site_with
from microblog_plugins.redis.broker import RedisStreams
from microblog_plugins.redis.options import read_options
from microblog_plugins.sql.sqlite_tools import SqliteTools
from microblog_tasks.handling import SiteJobs, bind
from microblog_tasks.messages import Formatter
from microblog_tasks.messages import send as send_messages
from microblog_tasks.relay import Relay
from microblog_tasks.worker import receiver_of

CONCURRENCY = 64
SENDERS = 4
"""With more, taskiq-redis becomes slower."""
ADDED_AT_ONCE = 500


class Counter:
    """Counts runs, and tells when there were enough."""

    def __init__(self, wanted: int) -> None:
        self.count = 0
        self.wanted = wanted
        self.enough = asyncio.Event()

    def one(self) -> None:
        self.count += 1
        if self.count >= self.wanted:
            self.enough.set()


async def _rate(wanted: int, work: Awaitable[object], enough: asyncio.Event) -> float:
    began = time.perf_counter()
    await work
    async with asyncio.timeout(300):
        await enough.wait()
    return wanted / (time.perf_counter() - began)


@contextlib.asynccontextmanager
async def _received(broker: AsyncBroker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    broker.is_worker_process = True
    await broker.startup()
    receiving = asyncio.create_task(receiver_of(broker, CONCURRENCY).listen(stop))
    try:
        yield
    finally:
        stop.set()
        await receiving
        await broker.shutdown()


async def bare(url: str, wanted: int) -> float:
    """taskiq-redis, as its documentation has it."""
    counter, broker = Counter(wanted), RedisStreamBroker(url)

    async def nothing(number: int) -> None:
        counter.one()

    task: Any = broker.register_task(nothing, task_name="bench.nothing")

    async def sender(start: int) -> None:
        for number in range(start, wanted, SENDERS):
            await task.kiq(number)

    async with _received(broker):
        await asyncio.sleep(0.1)
        return await _rate(wanted, asyncio.gather(*map(sender, range(SENDERS))), counter.enough)


async def through_ours(url: str, wanted: int) -> float:
    """The same task through our broker, sent as a relay sends: in batches, while there is room."""
    counter, broker = Counter(wanted), RedisStreams(read_options(url))
    broker.formatter = Formatter()
    broker.capacity = CONCURRENCY

    async def nothing(number: int) -> None:
        counter.one()

    task: Any = broker.register_task(nothing, task_name="bench.nothing")

    async def sender() -> None:
        for start in range(0, wanted, 200):
            numbers = range(start, min(start + 200, wanted))
            await send_messages(broker, [task.kicker()._prepare_message(number) for number in numbers])

    async with _received(broker):
        await broker.waiting()
        return await _rate(wanted, sender(), counter.enough)


class Nothing:
    """A plugin with a job that does nothing."""

    PLUGIN = Manifest(name="bench")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    @hookimpl
    def register_jobs(self, site: Site) -> list[JobKind]:
        async def handler(job: Job) -> None:
            self._counter.one()

        return [JobKind(name="bench.nothing", handler=handler)]


@contextlib.asynccontextmanager
async def _site(wanted: int) -> AsyncIterator[tuple[Site, Counter]]:
    """A site on SQLite with so many jobs in its outbox."""
    counter = Counter(wanted)
    with tempfile.TemporaryDirectory(prefix="microblog-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'jobs.db'}"
        SqliteTools(url).migrate()
        async with site_with({"bench": Nothing(counter)}, installed=("sql",), storage=url) as site:
            for start in range(0, wanted, ADDED_AT_ONCE):
                await _add(site, min(ADDED_AT_ONCE, wanted - start))
            yield site, counter


async def _add(site: Site, count: int) -> None:
    now = site.ports.clock.now()
    unit = site.ports.unit()
    for _ in range(count):
        identifier = site.ports.ids.at(now)
        unit.outbox.add(
            Job(
                id=identifier,
                kind="bench.nothing",
                key=str(identifier),
                payload=b"{}",
                due_at=now,
                created_at=now,
            )
        )
    await unit.commit()


async def whole_way(url: str, wanted: int) -> float:
    """From the outbox through our broker until all rows are gone."""
    async with _site(wanted) as (site, _):
        broker = RedisStreams(read_options(url))
        broker.formatter = Formatter()
        broker.capacity = CONCURRENCY
        jobs, stop = SiteJobs(site), asyncio.Event()
        bind(broker, [(site.name, jobs)])
        async with _received(broker):
            began = time.perf_counter()
            working = [
                asyncio.create_task(jobs.work(stop)),
                asyncio.create_task(Relay(site, broker).run(stop)),
            ]
            async with asyncio.timeout(300):
                while jobs.finished < wanted:
                    await asyncio.sleep(0.005)
            rate = wanted / (time.perf_counter() - began)
            stop.set()
            await asyncio.gather(*working)
        return rate


def _count_commits(queue: Any) -> list[int]:
    """How many jobs each commit of the queue ends, from now on."""
    ended: list[int] = []
    finish = queue.finish

    async def counted(jobs: Sequence[Job]) -> None:
        ended.append(len(jobs))
        await finish(jobs)

    queue.finish = counted
    return ended


async def embedded(url: str, wanted: int) -> float:
    """The runner of `microblog serve`, without any broker."""
    async with _site(wanted) as (site, _):
        ended = _count_commits(site.storage.queue)
        runner, stop = JobRunner(site), asyncio.Event()
        began = time.perf_counter()
        running = asyncio.create_task(runner.run(stop))
        async with asyncio.timeout(300):
            while runner.finished < wanted:
                await asyncio.sleep(0.005)
        rate = wanted / (time.perf_counter() - began)
        stop.set()
        await running
        print(f"embedded: {sum(ended) / len(ended):.0f} jobs a commit")
        return rate


CASES: dict[str, Callable[[str, int], Coroutine[Any, Any, float]]] = {
    "bare taskiq-redis, no results": bare,
    "our broker": through_ours,
    "our broker, from the outbox": whole_way,
    "embedded, no broker": embedded,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3, help="the median counts")
    given = parser.parse_args()
    logging.getLogger("taskiq").setLevel(logging.ERROR)
    rates: dict[str, list[float]] = {name: [] for name in CASES}
    with (
        tempfile.TemporaryDirectory(prefix="microblog-bench-") as folder,
        RedisServer(Path(folder)) as server,
    ):
        for _ in range(given.rounds):
            for name, case in CASES.items():
                send(server.url, "FLUSHALL")
                rates[name].append(asyncio.run(case(server.url, given.jobs)))
    base = statistics.median(rates["bare taskiq-redis, no results"])
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:<32}{rate:>8.0f} jobs/s{rate / base:>8.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
