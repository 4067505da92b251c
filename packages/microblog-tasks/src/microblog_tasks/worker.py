"""The worker: claims jobs of every site from their outboxes and runs them through one broker, until it is
told to stop.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from microblog_core.runtime.jobs import JobRunner
from microblog_tasks.bind import Binding
from microblog_tasks.broker import make_broker

if TYPE_CHECKING:
    from microblog_core.site import Site

logger = logging.getLogger("microblog_tasks")


def run_worker(sites: Sequence[Site], url: str) -> None:
    """Run until SIGTERM or SIGINT. Raises `ConfigurationError`, and what opening the sites raises."""

    async def until_signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await work(sites, url, stop)

    asyncio.run(until_signalled())


async def work(sites: Sequence[Site], url: str, stop: asyncio.Event) -> None:
    """Open the sites and the broker, run jobs until `stop` is set, and close everything."""
    async with AsyncExitStack() as stack:
        for site in sites:
            await stack.enter_async_context(site)
        # Faces are the plugins' modules; several sites share one process and so one broker.
        faces = {name: face for site in sites for name, face in site.faces.get("microblog.tasks", {}).items()}
        broker = make_broker(url, faces)
        binding = Binding(broker)
        runners = [JobRunner(site, through=binding.through(site.name)) for site in sites]
        await broker.startup()
        stack.push_async_callback(broker.shutdown)
        logger.info("running the jobs of %s", ", ".join(site.name for site in sites))
        async with asyncio.TaskGroup() as group:
            for runner in runners:
                group.create_task(runner.run(stop))
