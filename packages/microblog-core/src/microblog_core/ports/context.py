"""What use cases need from outside, in one value: every service is `(ports, actor, command) -> result`."""

from __future__ import annotations

from dataclasses import dataclass

from microblog_core.ports.auth import Passwords
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.clock import Clock, Ids
from microblog_core.ports.content import ContentPipeline
from microblog_core.ports.limits import RateLimiter
from microblog_core.ports.policies import Authoriser
from microblog_core.ports.storage import Storage
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.ports.unit import DurableJobs, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The site's limits that people run into: characters of a post, log-ins kept (milliseconds), registrations."""

    post_length: int = 500
    session_milliseconds: int = 30 * 24 * 3600 * 1000
    registrations_open: bool = True
    edit_history: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The site as its use cases see it. `base_url` is the public address without a slash at its end."""

    site: str
    base_url: str
    storage: Storage
    cache: Cache
    bus: Bus
    clock: Clock
    ids: Ids
    content: ContentPipeline
    timeline: TimelineStrategy
    authoriser: Authoriser
    limiter: RateLimiter
    passwords: Passwords
    durable: DurableJobs
    limits: Limits = Limits()

    def unit(self) -> UnitOfWork:
        """Begin a unit of work."""
        return UnitOfWork(self.storage, self.cache, self.bus, self.durable)
