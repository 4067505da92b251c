"""Not ready while the tank is empty."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import HealthCheck, Manifest
from microblog_core.http import health
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="tank")


tank = {"litres": 0}


async def not_empty() -> None:
    if not tank["litres"]:
        raise RuntimeError("The tank is empty.")


@implements(hookspecs.register_health_checks)
def health_checks(site: Site) -> Iterable[HealthCheck]:
    return [HealthCheck(name="level", check=not_empty, critical=True)]


async def main() -> None:
    async with site_with({"tank": sys.modules[__name__]}) as site:
        empty = await health.answer("/health/ready", [site], ready=True)
        tank["litres"] = 40
        full = await health.answer("/health/ready", [site], ready=True)
    assert empty is not None and empty.status == 503
    assert b'"tank.level":"failed"' in empty.body
    assert full is not None and full.status == 200


if __name__ == "__main__":
    asyncio.run(main())
