"""The parts that a composed site works with: its storage, timeline, page renderer and ports. Used by `site`
only.

Each is chosen explicitly among what plugins offer; where a choice can't be made, the error says what to do.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from microblog_core.blob_stores import ChosenBlobs, blob_stores, choose_blobs
from microblog_core.config import (
    DEFAULT_SITE,
    Config,
    ServerConfig,
    SiteConfig,
    site_defaults,
    statistics_rules,
)
from microblog_core.config_payments import payment_rules
from microblog_core.contributions import StorageFactory
from microblog_core.defaults.passwords import Argon2Passwords
from microblog_core.domain.addresses import Allowed
from microblog_core.domain.deliveries import MAIL
from microblog_core.domain.errors import ConfigurationError, MicroblogError, Unavailable
from microblog_core.domain.ids import IdFactory
from microblog_core.domain.media_usage import MediaCaps
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.http.pages import PlainPages
from microblog_core.memory.cache import MemoryCache
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.patterns.gateways import GatewayRegistry
from microblog_core.patterns.registry import SchemeRegistry, redacted
from microblog_core.plugins.bundle import Contributions
from microblog_core.plugins.composing import Composition, Plugin
from microblog_core.plugins.guard import Guard, run_within
from microblog_core.plugins.link_previews import Previews
from microblog_core.plugins.metrics import Metrics
from microblog_core.plugins.observing import Observers
from microblog_core.plugins.settings import scrub, variables_in
from microblog_core.ports.auth import FormPage, PageRenderer
from microblog_core.ports.clock import Clock
from microblog_core.ports.context import Limits, Ports
from microblog_core.ports.storage import Storage
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.runtime.bus import MemoryBus
from microblog_core.runtime.outbox import durable_jobs
from microblog_core.runtime.plugin_tables import current_tables
from microblog_core.services.authorisation import PolicyAuthoriser
from microblog_core.services.content import Pipeline

logger = logging.getLogger("microblog.site")

Lifespan = AbstractAsyncContextManager[None]
STORAGE_SECONDS = 60.0
EMBEDDED_SCHEME = "sqlite"
EMBEDDED_PLUGIN = "sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenStorage:
    """A storage, not open yet, where it comes from, and the blob store beside it. `url` may hold a
    password.
    """

    url: str
    owner: Plugin
    factory: StorageFactory
    storage: Storage
    files: ChosenBlobs
    safe_mode: bool = False


def choose_storage(config: Config, site: SiteConfig, composition: Composition) -> ChosenStorage:
    """The storage and the blob store that the site's URLs ask for. Raises `ConfigurationError` where one
    can't be made.
    """
    url = site.storage or _embedded(config, site, composition)
    registry = _storages(composition)
    owner, factory = registry.choose(url)
    try:
        storage = run_within(
            site.plugins.time_budget, lambda: factory.open(url), f"the storage of the plugin {owner}"
        )
    except MicroblogError:
        raise
    except Exception as error:
        text = scrub(f"{type(error).__name__}: {error}", (url,))
        raise ConfigurationError(
            f"The storage for {redacted(url)} can't be made: {text}", hint=f"Check sites.{site.name}.storage."
        ) from error
    files = choose_blobs(config, site, composition, url)
    return ChosenStorage(
        url=url,
        owner=composition.plugins[owner],
        factory=factory,
        storage=storage,
        files=files,
        safe_mode=config.safe_mode,
    )


def _storages(composition: Composition) -> SchemeRegistry[StorageFactory]:
    registry = SchemeRegistry[StorageFactory]("storage")
    for plugin in composition.active():
        for factory in plugin.bundle.get("register_storages", ()):
            registry.add(plugin.name, factory.schemes, factory)
    return registry


def doubts(site: SiteConfig, composition: Composition) -> tuple[str, ...]:
    """What is probably not meant so, one sentence each: names of plugins that aren't there, schemes offered
    twice.
    """
    named = {f"plugins.{key}": getattr(site.plugins, key) or () for key in ("only", "disabled")}
    named["theme"] = (site.theme,) if site.theme else ()
    found = [
        f"{where} names {name!r}, which is not installed."
        for where, names in named.items()
        for name in names
        if name not in composition.plugins
    ]
    found += [
        _unknown_table(name, table, composition.plugins)
        for name, table in site.settings.items()
        if name not in composition.plugins
    ]
    clashes = (*_storages(composition).clashes(), *blob_stores(composition).clashes())
    return (*found, *(f"{clash}." for clash in clashes))


def _unknown_table(name: str, table: Mapping[str, object], plugins: Collection[str]) -> str:
    variable = next(variables_in(table), "")
    said = f"The settings plugins.{name} are for a plugin that is not installed"
    said += f"; {variable} sets them." if variable else "."
    near = difflib.get_close_matches(name, plugins, n=1)
    return f"{said} Did you mean plugins.{near[0]}?" if near else said


def _embedded(config: Config, site: SiteConfig, composition: Composition) -> str:
    """One file in the data folder where the SQL plugin is installed, else memory.

    A SQL plugin that is there but does not work is an error: in memory, what people write would be lost.
    """
    plugin = composition.plugins.get(EMBEDDED_PLUGIN)
    if plugin is None:
        return "memory:"
    if not plugin.active:
        raise ConfigurationError(
            f"The storage needs the plugin {plugin.name!r}, which is {plugin.state}: {plugin.reason}.",
            hint=f'{plugin.hint or "Mend it"}; or set storage = "memory:" for the site, which keeps nothing.',
        )
    name = "microblog" if site.name == DEFAULT_SITE else site.name
    return f"{EMBEDDED_SCHEME}:///{(config.data / name).absolute()}.db"


def make_ports(
    site: SiteConfig,
    chosen: ChosenStorage,
    clock: Clock,
    given: Contributions,
    gateways: GatewayRegistry,
    before: Ports | None = None,
) -> Ports:
    """The ports for these contributions; what holds state is kept from `before`.

    Raises `ConfigurationError`.
    """
    for what, plugin in (("storage", chosen.owner), ("blob store", chosen.files.owner)):
        if not plugin.active:
            raise ConfigurationError(
                f"The {what} belongs to the plugin {plugin.name!r},"
                f" which is {plugin.state}: {plugin.reason}.",
                hint=plugin.hint or f"`microblog plugins show {plugin.name}` says more.",
            )
    ids = before.ids if before else IdFactory()
    content = Pipeline(
        given.entities, given.content_filters, given.post_validators, site.base_url, given.post_guards
    )
    contributed: dict[str, Any] = {
        "content": content,
        "timeline": _choose_timeline(site, given),
        "authoriser": PolicyAuthoriser(given.policies),
        "durable": durable_jobs(given.subscribers, ids, clock),
        "processors": given.media_processors,
        "mails": any(getattr(channel, "name", "") == MAIL for channel in given.channels),
        "gateways": gateways,
        "link_previews": Previews([(given.owner(each), each) for each in given.link_previews]),
    }
    if before is not None:
        return dataclasses.replace(before, **contributed)
    return Ports(
        site=site.name,
        base_url=site.base_url,
        storage=chosen.storage,
        blobs=chosen.files.blobs,
        cache=_shared("cache", MemoryCache(), given),
        bus=_shared("bus", MemoryBus(), given),
        clock=clock,
        ids=ids,
        limiter=_shared("limiter", MemoryRateLimiter(clock), given),
        passwords=Argon2Passwords(),
        limits=Limits(
            post_length=site.post_length,
            poll_options=site.poll_options,
            upload_bytes=site.upload_bytes,
            archive_bytes=site.archive_bytes,
            undo_milliseconds=round(site.undo_seconds * 1000),
            address_milliseconds=site.address_days * 24 * 3600 * 1000,
            registrations=Registrations(site.registrations),
            inviters=Inviters(site.invitations),
            signup_milliseconds=round(site.signup_seconds * 1000),
            deletion_milliseconds=round(site.deletion_days * 24 * 3600 * 1000),
            campaign_grace=round(site.campaign_grace * 1000),
            media=MediaCaps(site=site.media_cap_bytes, person=site.media_cap_per_person),
            rates=site.rates,
            targets=Allowed(site.private_targets),
        ),
        said=site_defaults(site, safe_mode=chosen.safe_mode),
        statistics=statistics_rules(site),
        **contributed,
    )


async def open_storage(storage: Storage) -> None:
    """Open it. Raises what it raises, and `Unavailable` where that does not end."""
    deadline = asyncio.timeout(STORAGE_SECONDS)
    try:
        async with deadline:
            await storage.open()
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise Unavailable(
            f"The storage did not open within {STORAGE_SECONDS:g} seconds.",
            hint="See whether what it connects to answers.",
        ) from error


def gateways_of(site: SiteConfig, given: Contributions, url: str, metrics: Metrics) -> GatewayRegistry:
    """The payment gateways that the site may use; `url` is its public address."""
    registry = GatewayRegistry(given.gateways, payment_rules(site.payments, url), metrics.count)
    for name in registry.missing:
        logger.warning("Site %s: no active plugin offers the payment gateway %r.", site.name, name)
    return registry


def _shared(port: str, own: Any, given: Contributions) -> Any:
    """A port of this process, or what a plugin puts around it. Raises `ConfigurationError`."""
    offers = {each.name: getattr(each, port) for each in given.shared_ports}
    makers = {name: make for name, make in offers.items() if make is not None}
    if len(makers) > 1:
        raise ConfigurationError(
            f"The {port} is shared by {' and by '.join(makers)}.",
            hint="Switch it off in the settings of all but one.",
        )
    for make in makers.values():
        return make(own)
    return own


def _choose_timeline(site: SiteConfig, given: Contributions) -> TimelineStrategy:
    for timeline in given.timelines:
        if timeline.name == site.timeline:
            return timeline.strategy
    raise ConfigurationError(
        f"No active plugin offers the timeline {site.timeline!r}.",
        hint=f"Set sites.{site.name}.timeline to one of: {_names(given.timelines)}.",
    )


def settle_observers(observers: Observers, given: Contributions) -> Metrics:
    """Let these contributions' observers see what goes on from now on; their sinks as one."""
    observers.settle([(given.owner(each), each) for each in given.observers])
    return Metrics([(given.owner(sink), sink) for sink in given.metrics_sinks])


def lifespans_of(plugin: Plugin, storage: Storage, *, embedded: bool) -> Iterable[Lifespan]:
    """What is entered for a plugin when the site opens: its tables come first, then what it runs itself."""
    if steps := plugin.bundle.get("register_migrations", ()):
        yield current_tables(storage, plugin.name, steps, forward=embedded)
    yield from plugin.bundle.get("lifespan", ())


def faces_of(composition: Composition) -> Mapping[str, Mapping[str, Any]]:
    """The modules of each face that is loaded, by plugin."""
    groups = {group for plugin in composition.active() for group in plugin.modules}
    return MappingProxyType({group: MappingProxyType(composition.modules(group)) for group in sorted(groups)})


def translations_of(composition: Composition) -> Mapping[str, Path]:
    """The folders of translations that the active plugins bring, by plugin."""
    manifests = [plugin.manifest for plugin in composition.active() if plugin.manifest is not None]
    return MappingProxyType({each.name: each.translations for each in manifests if each.translations})


def choose_renderer(site: SiteConfig, given: Contributions) -> PageRenderer:
    """The renderer that the configuration names, else the one with the highest priority, else the plain one.

    Raises `ConfigurationError` for a name that nobody offers.
    """
    plain = PlainPages()
    offers = sorted(given.page_renderers, key=lambda offer: -offer.priority)
    if site.renderer == "plain":
        return plain
    if site.renderer:
        offers = [offer for offer in offers if offer.name == site.renderer]
        if not offers:
            raise ConfigurationError(
                f"No active plugin offers the page renderer {site.renderer!r}.",
                hint=f"Set sites.{site.name}.renderer to one of: plain, {_names(given.page_renderers)}.",
            )
    if not offers:
        return plain
    return WithFallback(offers[0].renderer, plain, Guard(given.owner(offers[0]), "the page renderer"))


class WithFallback:
    """A plugin's page renderer; where it raises, the plain one draws the page."""

    def __init__(self, renderer: PageRenderer, plain: PageRenderer, guard: Guard) -> None:
        self._renderer = renderer
        self._plain = plain
        self._guard = guard

    def form(self, page: FormPage) -> bytes:
        """A whole HTML document in UTF-8."""
        drawn: object = self._guard.call(lambda: self._renderer.form(page), None)
        return drawn if isinstance(drawn, bytes) else self._plain.form(page)

    def message(self, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole HTML document in UTF-8 with a title and one paragraph."""
        drawn: object = self._guard.call(lambda: self._renderer.message(title, text, links), None)
        return drawn if isinstance(drawn, bytes) else self._plain.message(title, text, links)


def _names(offers: Iterable[object]) -> str:
    return ", ".join(str(getattr(offer, "name", "")) for offer in offers) or "none"


def public_url(site: SiteConfig, server: ServerConfig) -> str:
    """The site's address for links that are made outside of requests, without a slash at its end.

    The configured one, else that of its first host, else this machine's where the server listens to nothing
    else; empty where none is known.
    """
    if site.base_url or site.hosts:
        return site.base_url.rstrip("/") or f"https://{site.hosts[0]}"
    if server.host in ("127.0.0.1", "localhost", "::1"):
        return f"http://{'[::1]' if ':' in server.host else server.host}:{server.port}"
    return ""
