"""Work for later: it is in the outbox when the change is, and done at least once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.runtime.jobs import JobRunner
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="kettle")


boiled: list[str] = []


async def boil(job: Job) -> None:
    boiled.append(job.key)


@implements(hookspecs.register_jobs)
def jobs(site: Site) -> Iterable[JobKind]:
    return [JobKind(name="kettle.boil", handler=boil, retry=RetryPolicy(tries=3), timeout=30.0)]


async def main() -> None:
    async with site_with({"kettle": sys.modules[__name__]}) as site:
        now = site.ports.clock.now()
        unit = site.ports.unit()
        unit.outbox.add(
            Job(
                id=site.ports.ids.at(now),
                kind="kettle.boil",
                key="tea",
                payload=b"{}",
                due_at=now,
                created_at=now,
            )
        )
        await unit.commit()
        await JobRunner(site).run_due()
    assert boiled == ["tea"]


if __name__ == "__main__":
    asyncio.run(main())
