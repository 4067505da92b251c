"""The plugin `redis`: a broker for jobs, and a health check for it. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microblog_core.contributions import HealthCheck, Manifest
from microblog_core.hookspecs import register_health_checks as health_checks
from microblog_core.plugins.marks import implements
from microblog_plugins.redis.options import SCHEMES, read_options

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="redis", summary="Hands jobs to workers through Redis or Valkey, one server or a cluster."
)


@implements(health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether the broker answers, where the configuration names one of ours. Reading and writing posts goes
    on without it.
    """
    url = site.jobs.broker.reveal()
    if url.partition(":")[0] not in SCHEMES:
        return ()

    async def make() -> object:
        from microblog_plugins.redis.client import connect

        return connect(read_options(url))

    async def close(client: object) -> None:
        from microblog_plugins.redis.client import disconnect

        await disconnect(client)

    client = site.resources.add("redis", make, close)

    async def check() -> None:
        from microblog_plugins.redis.client import ping

        await ping(await client.get())

    return (HealthCheck(name="broker", check=check),)
