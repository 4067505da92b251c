"""The job `statistics.compute`: days that are due are counted, for as long as one run may take."""

from __future__ import annotations

import asyncio

from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.storage import STATISTICS
from microblog_core.services.statistics import compute

COMPUTE_JOB = "statistics.compute"
COMPUTE_SECONDS = 300.0
"""How often it runs: today's figures are at most so old."""
BUSY_SECONDS = 60.0
"""After so long the rest, such as the years of a site that never counted, is left to the next run."""
TIMEOUT = 240.0


async def compute_statistics(ports: Ports, job: Job) -> None:
    """Count what is due."""
    if STATISTICS not in ports.storage.capabilities:
        return
    loop = asyncio.get_running_loop()
    end, started = loop.time() + BUSY_SECONDS, ports.clock.now()
    while loop.time() < end:
        if not await compute(ports, started=started):
            return
