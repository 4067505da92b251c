"""Crumbs are swept some at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.housekeeping import Sweep
from microblog_core.services.housekeeping import sweep_all
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="broom")


crumbs = list(range(7))


async def count(now: int, limit: int) -> int:
    return min(len(crumbs), limit)


async def remove(now: int, limit: int) -> int:
    gone = crumbs[:limit]
    del crumbs[:limit]
    return len(gone)


@implements(hookspecs.register_sweeps)
def sweeps(site: Site) -> Iterable[Sweep]:
    return [Sweep(name="crumbs", title="Crumbs", count=count, remove=remove, chunk=5)]


async def main() -> None:
    async with site_with({"broom": sys.modules[__name__]}) as site:
        (own,) = [each for each in site.contributions.sweeps if each.name == "broom.crumbs"]
        (report,) = await sweep_all(site.ports, [own])
    assert (report.run.removed, crumbs) == (7, [])


if __name__ == "__main__":
    asyncio.run(main())
