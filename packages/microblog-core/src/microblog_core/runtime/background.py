"""What runs beside the requests while a site is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from microblog_core.runtime.jobs import JobRunner

if TYPE_CHECKING:
    from microblog_core.site import Site


@asynccontextmanager
async def run_jobs(site: Site) -> AsyncIterator[None]:
    """Run the site's job runner in a task; leaving stops it, and puts back what its handlers could not
    finish.
    """
    stop = asyncio.Event()
    runner = asyncio.create_task(JobRunner(site).run(stop), name=f"jobs of {site.name}")
    try:
        yield
    finally:
        stop.set()
        await runner
