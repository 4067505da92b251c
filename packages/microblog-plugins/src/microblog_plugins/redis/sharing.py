"""Puts together what the processes of one site share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from microblog_core.contributions import SharedPorts
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.clock import Clock
from microblog_core.ports.limits import RateLimiter
from microblog_core.ports.storage import SIGNALS
from microblog_plugins.redis.bus import RedisBus
from microblog_plugins.redis.cache import RedisCache
from microblog_plugins.redis.client import connect
from microblog_plugins.redis.limits import RedisRateLimiter
from microblog_plugins.redis.link import Link
from microblog_plugins.redis.options import read_options
from microblog_plugins.redis.settings import RedisSettings

if TYPE_CHECKING:
    from microblog_core.site import Site


def make_link(site: Site, settings: RedisSettings) -> Link:
    """What ties this process to the others of the site, not started yet."""
    # One node of a cluster hands what is said on to all others.
    options = msgspec.structs.replace(read_options(settings.url.reveal()), cluster=False)
    link = Link(lambda: connect(options, at_once=True), f"{settings.prefix}:{site.name}:told")
    site.observers.watch("redis_link_joined", lambda: link.joined.is_set())
    site.observers.watch("redis_link_waiting_messages", lambda: link.waiting)
    return link


def share(site: Site, settings: RedisSettings, link: Link | None, client: Lazy[Any]) -> SharedPorts:
    """The ports that the settings ask for."""

    def bus(own: Bus) -> Bus:
        assert link is not None
        return RedisBus(own, link, lambda: site.contributions.events)

    def cache(own: Cache) -> Cache:
        assert link is not None
        return RedisCache(own, link, lambda: SIGNALS in site.ports.storage.capabilities)

    def limiter(own: RateLimiter) -> RateLimiter:
        return RedisRateLimiter(
            own,
            client,
            prefix=f"{settings.prefix}:{site.name}",
            clock=_SiteClock(site),
            seen_by=site.observers,
        )

    return SharedPorts(
        name="redis",
        bus=bus if link is not None else None,
        cache=cache if link is not None else None,
        limiter=limiter if settings.limits else None,
    )


class _SiteClock(Clock):
    """The site's clock, which isn't there yet while its ports are made."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def now(self) -> int:
        """Unix milliseconds."""
        return self._site.ports.clock.now()
