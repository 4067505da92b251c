"""Jobs are seen to begin and to end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.observing import Ended, Observer
from microblog_core.ports.operations import Job
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="lookout")


seen: list[str] = []


class Lookout(Observer):
    """Overrides what it wants to see."""

    def begin_job(self, job: Job) -> Ended | None:
        seen.append(f"{job.kind} begins")
        return lambda outcome: seen.append(f"{job.kind} is {outcome}")


@implements(hookspecs.register_observers)
def observers(site: Site) -> Iterable[Observer]:
    return [Lookout()]


async def main() -> None:
    async with site_with({"lookout": sys.modules[__name__]}) as site:
        job = Job(id=1, kind="tea.boil", key="1", payload=b"{}", due_at=1, created_at=1)
        ended = site.observers.begin_job(job)
        assert ended is not None
        ended("done")
    assert seen == ["tea.boil begins", "tea.boil is done"]


if __name__ == "__main__":
    asyncio.run(main())
