"""A connection that is open while the site is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="tap")


flow: list[str] = []


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    flow.append("on")
    yield
    flow.append("off")


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None]:
    return running()


async def main() -> None:
    site = site_with({"tap": sys.modules[__name__]})
    assert flow == []
    async with site:
        assert flow == ["on"]
    assert flow == ["on", "off"]


if __name__ == "__main__":
    asyncio.run(main())
