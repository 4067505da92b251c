"""A home timeline by name; the configuration chooses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Timeline
from microblog_core.defaults.timelines import Chronological
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="slow")


class Slow(Chronological):
    """A `TimelineStrategy`: it inherits how a page is read."""

    name = "slow"


@implements(hookspecs.register_timelines)
def timelines(site: Site) -> Iterable[Timeline]:
    return [Timeline(name="slow", strategy=Slow())]


async def main() -> None:
    async with site_with({"slow": sys.modules[__name__]}, timeline="slow") as site:
        assert site.ports.timeline.name == "slow"


if __name__ == "__main__":
    asyncio.run(main())
