"""Rate limits that hold twice as much, around those of the process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, SharedPorts
from microblog_core.domain.errors import RateLimited
from microblog_core.plugins import implements
from microblog_core.ports.limits import Quota, RateLimiter
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="patience")


class Patient:
    """A `RateLimiter` around another."""

    def __init__(self, own: RateLimiter) -> None:
        self._own = own

    async def hit(self, key: str, *, limit: int, per: float) -> None:
        await self._own.hit(key, limit=2 * limit, per=per)

    async def count(self, key: str, *, limit: int, per: float) -> Quota:
        return await self._own.count(key, limit=2 * limit, per=per)

    async def forget(self, key: str) -> None:
        await self._own.forget(key)


@implements(hookspecs.register_shared_ports)
def shared_ports(site: Site) -> Iterable[SharedPorts]:
    return [SharedPorts(name="patience", limiter=Patient)]


async def main() -> None:
    async with site_with({"patience": sys.modules[__name__]}) as site:
        for _ in range(2):
            await site.ports.limiter.hit("door", limit=1, per=60)
        try:
            await site.ports.limiter.hit("door", limit=1, per=60)
        except RateLimited:
            return
        raise AssertionError("The third knock within a minute is one too many.")


if __name__ == "__main__":
    asyncio.run(main())
