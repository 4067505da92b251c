"""What use cases need from outside, in one value: every service is `(ports, actor, command) -> result`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from microblog_core.domain.addresses import NOTHING, Allowed
from microblog_core.domain.archives import ARCHIVE_BYTES
from microblog_core.domain.media import UPLOAD_BYTES
from microblog_core.domain.rules import Rule
from microblog_core.domain.statistics import StatisticsRules
from microblog_core.ports.auth import Passwords
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.clock import Clock, Ids
from microblog_core.ports.content import ContentPipeline
from microblog_core.ports.limits import RateLimiter
from microblog_core.ports.media import MediaProcessor
from microblog_core.ports.operations import Operation
from microblog_core.ports.policies import Authoriser
from microblog_core.ports.storage import Storage
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.ports.unit import DurableJobs, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The site's limits that people run into: characters of a post, bytes of an upload and of an archive,
    options of a poll, for how long posts can be taken back and brought back, log-ins kept and a campaign's
    grace (milliseconds), registrations.

    `rates` replaces the built-in rate limits of use cases by name (`publish`, `sign_up`, ...): times and
    seconds. `targets` are what outgoing requests may reach although it isn't public.
    """

    post_length: int = 500
    poll_options: int = 4
    upload_bytes: int = UPLOAD_BYTES
    archive_bytes: int = ARCHIVE_BYTES
    undo_milliseconds: int = 10_000
    session_milliseconds: int = 30 * 24 * 3600 * 1000
    registrations_open: bool = True
    campaign_grace: int = 60 * 1000
    rates: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    targets: Allowed = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The site as its use cases see it. `base_url` is the public address without a slash at its end; `mails`
    says that there is a channel that sends mail.
    """

    site: str
    base_url: str
    storage: Storage
    blobs: BlobStore
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
    processors: tuple[MediaProcessor, ...] = ()
    rules: tuple[Rule, ...] = ()
    mails: bool = False
    statistics: StatisticsRules = field(default_factory=StatisticsRules)
    preset: tuple[Operation, ...] = ()

    def unit(self) -> UnitOfWork:
        """Begin a unit of work; it holds the preset operations already."""
        unit = UnitOfWork(self.storage, self.cache, self.bus, self.durable)
        unit.apply(*self.preset)
        return unit

    def freshen(self) -> None:
        """Forget what other processes made stale since the last call; microseconds where nobody did."""
        stale = self.storage.stale_keys()
        if stale is None:
            self.cache.clear()
        elif stale:
            self.cache.drop(stale)

    def having(self, *operations: Operation) -> Ports:
        """The same ports, whose next units also commit these operations (an audit line, for example)."""
        return replace(self, preset=(*self.preset, *operations))
