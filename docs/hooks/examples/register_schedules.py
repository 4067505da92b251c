"""A job that runs every night."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.runtime.executor import job_kinds
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="lamp")


async def put_out(job: Job) -> None:
    """Turn off the lamp."""


@implements(hookspecs.register_jobs)
def jobs(site: Site) -> Iterable[JobKind]:
    return [JobKind(name="lamp.out", handler=put_out)]


@implements(hookspecs.register_schedules)
def schedules(site: Site) -> Iterable[Schedule]:
    return [Schedule(name="night", kind="lamp.out", cron="30 22 * * *", timezone="Europe/Berlin")]


async def main() -> None:
    async with site_with({"lamp": sys.modules[__name__]}) as site:
        assert "lamp.night" in [each.name for each in site.contributions.schedules]
        assert "lamp.out" in job_kinds(site)


if __name__ == "__main__":
    asyncio.run(main())
