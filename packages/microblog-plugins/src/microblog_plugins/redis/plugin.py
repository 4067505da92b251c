"""The plugin `redis`: a broker for jobs, and what ties the processes of a site together. Nothing heavy is
imported here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from microblog_core import hookspecs
from microblog_core.contributions import HealthCheck, Manifest, SharedPorts
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.marks import implements
from microblog_plugins.redis.options import SCHEMES, read_options
from microblog_plugins.redis.settings import RedisSettings

if TYPE_CHECKING:
    from microblog_core.patterns.resources import Lazy
    from microblog_core.site import Site
    from microblog_plugins.redis.link import Link

PLUGIN = Manifest(
    name="redis",
    summary="Hands jobs to workers, and ties web processes together, through Redis or Valkey.",
    settings=RedisSettings,
)

_LINKS: WeakKeyDictionary[Site, Link] = WeakKeyDictionary()


def _client(site: Site, name: str, url: str, **options: Any) -> Lazy[Any]:
    async def make() -> object:
        from microblog_plugins.redis.client import connect

        return connect(read_options(url), **options)

    async def close(client: object) -> None:
        from microblog_plugins.redis.client import disconnect

        await disconnect(client)

    return site.resources.add(name, make, close)


def _check(name: str, client: Lazy[Any]) -> HealthCheck:
    async def check() -> None:
        from microblog_plugins.redis.client import ping

        await ping(await client.get())

    return HealthCheck(name=name, check=check)


@implements(hookspecs.register_health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether the broker answers, where the configuration names one of ours, and the server that processes
    share. Reading and writing posts goes on without either.
    """
    checks = []
    url = site.jobs.broker.reveal()
    if url.partition(":")[0] in SCHEMES:
        checks.append(_check("broker", _client(site, "redis", url)))
    shared = _settings(site).url.reveal()
    if shared:
        checks.append(_check("shared", _client(site, "redis.shared", shared)))
    return checks


@implements(hookspecs.register_shared_ports)
def register_shared_ports(site: Site) -> Iterable[SharedPorts]:
    """Bus, cache and rate limits, where `plugins.redis.url` is set."""
    settings = _settings(site)
    if not settings.url:
        return ()
    if not settings.prefix:
        raise ConfigurationError("plugins.redis.prefix is empty.", hint="Use a word, such as microblog.")
    read_options(settings.url.reveal())
    from microblog_plugins.redis.sharing import make_link, share

    if settings.bus:
        _LINKS[site] = make_link(site, settings)
    client = _client(site, "redis.limits", settings.url.reveal(), at_once=True)
    return (share(site, settings, _LINKS.get(site), client),)


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Hear the other processes while the site is open."""
    return _joined(site) if _settings(site).url else None


@asynccontextmanager
async def _joined(site: Site) -> AsyncIterator[None]:
    link = _LINKS.get(site)
    if link is None:
        yield
        return
    link.start()
    try:
        yield
    finally:
        await link.stop()


def _settings(site: Site) -> RedisSettings:
    settings = site.settings("redis")
    return settings if isinstance(settings, RedisSettings) else RedisSettings()
