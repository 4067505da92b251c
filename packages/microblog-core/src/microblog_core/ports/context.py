"""What use cases need from outside, in one value: every service is `(ports, actor, command) -> result`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from microblog_core.domain.addresses import NOTHING, Allowed
from microblog_core.domain.archives import ARCHIVE_BYTES
from microblog_core.domain.media import UPLOAD_BYTES
from microblog_core.domain.media_usage import NO_CAPS, MediaCaps
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.domain.site_texts import NOTHING_SAID, SiteDefaults
from microblog_core.domain.statistics import StatisticsRules
from microblog_core.ports.auth import Passwords
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.clock import Clock, Ids
from microblog_core.ports.content import ContentPipeline
from microblog_core.ports.gateways import Gateways, NoGateways
from microblog_core.ports.limits import RateLimiter
from microblog_core.ports.link_previews import KnownPreviews, NoLinkPreviews
from microblog_core.ports.media import MediaProcessor
from microblog_core.ports.operations import Operation
from microblog_core.ports.policies import Authoriser
from microblog_core.ports.storage import Storage
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.ports.unit import DurableJobs, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The site's limits that people run into: characters of a post, bytes of an upload and of an archive,
    options of a poll, for how long posts can be taken back and brought back, log-ins and network addresses of
    people kept, and a campaign's grace (milliseconds), who may sign up and who may invite, how soon nobody
    can have filled in the form, and for how long an account that is to be deleted can come back.

    `rates` replaces the built-in rate limits of use cases by name (`publish`, `sign_up`, ...): times and
    seconds. `media` are how much room uploads may take. `targets` are what outgoing requests may reach
    although it isn't public.
    """

    post_length: int = 500
    poll_options: int = 4
    upload_bytes: int = UPLOAD_BYTES
    archive_bytes: int = ARCHIVE_BYTES
    undo_milliseconds: int = 10_000
    session_milliseconds: int = 30 * 24 * 3600 * 1000
    address_milliseconds: int = 30 * 24 * 3600 * 1000
    registrations: Registrations = Registrations.OPEN
    inviters: Inviters = Inviters.MEMBERS
    signup_milliseconds: int = 0
    deletion_milliseconds: int = 14 * 24 * 3600 * 1000
    campaign_grace: int = 60 * 1000
    media: MediaCaps = NO_CAPS
    rates: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    targets: Allowed = NOTHING

    @property
    def registrations_open(self) -> bool:
        """Whether anybody may sign up without an invitation, be it with an approval."""
        return self.registrations in (Registrations.OPEN, Registrations.APPROVAL)

    @property
    def approves(self) -> bool:
        """Whether somebody approves whoever signs up without an invitation."""
        return self.registrations is Registrations.APPROVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The site as its use cases see it. `base_url` is the public address without a slash at its end; `mails`
    says that there is a channel that sends mail; `said` is what the configuration has the site say of itself,
    and `services.site_texts.read_face` what it says now.
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
    said: SiteDefaults = NOTHING_SAID
    mails: bool = False
    statistics: StatisticsRules = field(default_factory=StatisticsRules)
    gateways: Gateways = field(default_factory=NoGateways)
    link_previews: KnownPreviews = field(default_factory=NoLinkPreviews)
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
