"""The processes `microblog worker` and `microblog scheduler`: every site's relay, its jobs, or both, around
one broker, until they are told to stop.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from taskiq.receiver import Receiver

from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.runtime.executor import STOP_SECONDS
from microblog_core.runtime.jobs import CONCURRENCY
from microblog_tasks.broker import make_broker
from microblog_tasks.contributions import Backlog
from microblog_tasks.handling import SiteJobs, bind
from microblog_tasks.relay import Relay

if TYPE_CHECKING:
    from taskiq import AsyncBroker

    from microblog_core.site import Site

START_SECONDS = 60.0

logger = logging.getLogger("microblog_tasks")


def run_worker(
    sites: Sequence[Site], url: str, *, concurrency: int = CONCURRENCY, relay: bool = True
) -> None:
    """Run until SIGTERM or SIGINT. Raises `ConfigurationError`, and what opening the sites raises."""

    async def until_signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await work(sites, url, stop, concurrency=concurrency, relay=relay)

    # It says at INFO that each task is executed.
    logging.getLogger("taskiq").setLevel(logging.WARNING)
    asyncio.run(until_signalled())


async def work(
    sites: Sequence[Site],
    url: str,
    stop: asyncio.Event,
    *,
    concurrency: int = CONCURRENCY,
    relay: bool = True,
) -> None:
    """Open the sites and the broker, relay and run jobs until `stop` is set, and close everything.

    A `concurrency` of 0 runs no jobs (the scheduler), and without `relay` only those that others send.
    """
    async with AsyncExitStack() as stack:
        for site in sites:
            await stack.enter_async_context(site)
        broker = open_broker(sites, url, concurrency=concurrency, relay=relay)
        jobs = [(site.name, SiteJobs(site)) for site in sites] if concurrency else []
        bind(broker, jobs)
        await _start(broker, url)
        stack.push_async_callback(broker.shutdown)
        _say_what(sites, url, concurrency=concurrency, relay=relay)
        async with asyncio.TaskGroup() as group:
            for _, each in jobs:
                group.create_task(each.work(stop))
            if jobs:
                group.create_task(receiver_of(broker, concurrency).listen(stop))
            if relay:
                for site in sites:
                    group.create_task(Relay(site, broker).run(stop))


async def _start(broker: AsyncBroker, url: str) -> None:
    """Start it. Raises what it raises, and `Unavailable` where that does not end."""
    deadline = asyncio.timeout(START_SECONDS)
    try:
        async with deadline:
            await broker.startup()
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise Unavailable(
            f"The broker {url.partition(':')[0]}: did not start within {START_SECONDS:g} seconds.",
            hint="See whether what it connects to answers.",
        ) from error


def open_broker(sites: Sequence[Site], url: str, *, concurrency: int, relay: bool) -> AsyncBroker:
    """The broker for a URL, as the process uses it. Raises `ConfigurationError`."""
    # Faces are the plugins' modules; several sites share one process and so one broker.
    faces = {name: face for site in sites for name, face in site.faces.get("microblog.tasks", {}).items()}
    left_out = {
        report.name: report
        for site in sites
        for report in site.report
        if report.state.value not in ("active", "disabled") and "microblog.tasks" in report.faces
    }
    broker = make_broker(url, faces, left_out.values())
    broker.is_worker_process = concurrency > 0
    broker.is_scheduler_process = not broker.is_worker_process
    if isinstance(broker, Backlog):
        broker.capacity = max(concurrency, 1)
        if not broker.shared and not (concurrency and relay):
            raise ConfigurationError(
                f"What is sent to the broker {url.partition(':')[0]}: stays in this process.",
                hint="Name one that processes share, such as redis://localhost: --broker, or jobs.broker in"
                " the configuration.",
            )
    return broker


def receiver_of(broker: AsyncBroker, concurrency: int) -> Receiver:
    """What takes messages from the broker and runs its tasks, `concurrency` at a time."""
    return Receiver(
        broker,
        run_startup=False,
        validate_params=False,
        max_async_tasks=concurrency,
        wait_tasks_timeout=2 * STOP_SECONDS,
    )


def _say_what(sites: Sequence[Site], url: str, *, concurrency: int, relay: bool) -> None:
    logger.info(
        "%s the jobs of %s through the broker %s:",
        "relaying and running" if concurrency and relay else "running" if concurrency else "relaying",
        ", ".join(site.name for site in sites),
        url.partition(":")[0],
    )
