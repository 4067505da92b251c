"""A site: one tenant with its plugins, storage and settings. THE composition root: nothing else wires parts
together.

Composition opens nothing and never fails because of a plugin: what fell out is in `Site.report`. What a site
can't do without (its storage, its timeline, plugins that the configuration requires) fails `Site.open`, with
the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from microblog_core import wiring
from microblog_core.config import Config, SiteConfig
from microblog_core.contributions import HealthCheck, StorageFactory
from microblog_core.domain.errors import ConfigurationError, MicroblogError, PluginError, Unavailable
from microblog_core.keys import derived_secret
from microblog_core.patterns.gateways import GatewayRegistry
from microblog_core.patterns.resources import Resources
from microblog_core.plugins.bundle import Contributions, freeze
from microblog_core.plugins.composing import Composition, Importer, Plugin
from microblog_core.plugins.discovery import BUILTINS, Found
from microblog_core.plugins.guard import SECONDS, Guard
from microblog_core.plugins.metrics import Metrics
from microblog_core.plugins.observing import Observers
from microblog_core.plugins.report import PluginReport
from microblog_core.ports.auth import Authenticator, LoginMethod, PageRenderer
from microblog_core.ports.clock import Clock, SystemClock
from microblog_core.ports.context import Ports
from microblog_core.ports.storage import Storage
from microblog_core.runtime.observers import TaskObservers
from microblog_core.runtime.signals import relay_signals

CLOSE_SECONDS = 10.0

OnClose = Callable[[], Awaitable[None] | None]

logger = logging.getLogger("microblog.site")


class Site:
    """One tenant. Made by `compose_site`, opened once and closed once, in one event loop.

    `doubts` are sentences about what the configuration probably does not mean so. While hooks run, `config`,
    `jobs`, `settings`, `secret`, `resources` are there; `ports` and `contributions` are there after it.
    """

    def __init__(self, config: Config, site: SiteConfig, composition: Composition, clock: Clock) -> None:
        self.name = site.name
        self.config = site
        self.jobs, self.server, self.data = config.jobs, config.server, config.data
        self.resources = Resources()
        self.metrics = Metrics()
        self.observers = Observers()
        self.gateways = GatewayRegistry()
        self.faces: Mapping[str, Mapping[str, Any]] = {}
        self.translations: Mapping[str, Path] = {}
        self.doubts: tuple[str, ...] = ()
        self.public_url = wiring.public_url(site, config.server)
        self._root = config
        self._composition = composition
        self._clock = clock
        self._secrets: dict[str, tuple[bytes, ...]] = {}
        self._contributions: Contributions | None = None
        self._ports: Ports | None = None
        self._renderer: PageRenderer | None = None
        self._chosen: wiring.ChosenStorage | None = None
        self._problem: MicroblogError | None = None
        self._guards: dict[tuple[int, str], Guard] = {}
        self._on_close: list[OnClose] = []
        self._lifespans = contextlib.AsyncExitStack()
        self._observers: TaskObservers | None = None
        self._opening = asyncio.Lock()
        self._state = "composed"

    def __repr__(self) -> str:
        return f"<Site {self.name} ({self._state})>"

    # What plugins and surfaces use

    @property
    def contributions(self) -> Contributions:
        """What the active plugins contributed, frozen. Raises `PluginError` while hooks still run."""
        if self._contributions is None:
            raise PluginError(
                "The site's contributions aren't settled yet.",
                hint="Use them when your object is called, not in a hook.",
            )
        return self._contributions

    @property
    def ports(self) -> Ports:
        """The site as its use cases see it. Raises `ConfigurationError` where there is no storage or timeline
        for it.
        """
        if self._ports is None:
            raise self._problem or PluginError(
                "The site's ports aren't there yet.",
                hint="Use them when your object is called, not in a hook.",
            )
        return self._ports

    @property
    def storage(self) -> Storage:
        """The site's storage, open while the site is. Raises `ConfigurationError` where there is none."""
        return self.ports.storage

    @property
    def storage_url(self) -> str:
        """The URL that chose the storage; it may hold a password. Raises as `storage_factory`."""
        return self._storage_choice().url

    @property
    def blobs_url(self) -> str:
        """The URL that chose the blob store; it may hold a password. Raises as `storage_factory`."""
        return self._storage_choice().files.url

    @property
    def storage_factory(self) -> StorageFactory:
        """Where the storage comes from. Raises `ConfigurationError` where nothing offers it."""
        return self._storage_choice().factory

    def _storage_choice(self) -> wiring.ChosenStorage:
        if self._chosen is None:
            raise self._problem or PluginError("The site's storage isn't chosen yet.")
        return self._chosen

    @property
    def page_renderer(self) -> PageRenderer:
        """Draws the pages that surfaces share; never raises because of a plugin."""
        if self._renderer is None:
            raise PluginError(
                "The page renderer isn't chosen yet.", hint="Use it when your object is called."
            )
        return self._renderer

    @property
    def authenticators(self) -> tuple[Authenticator, ...]:
        """Ways to recognise who a request comes from, in order."""
        return self.contributions.authenticators

    @property
    def login_methods(self) -> tuple[LoginMethod, ...]:
        """Ways to log in."""
        return self.contributions.login_methods

    @property
    def health_checks(self) -> tuple[HealthCheck, ...]:
        """What the plugins want checked."""
        return self.contributions.health_checks

    @property
    def report(self) -> tuple[PluginReport, ...]:
        """Each plugin, with its state and the reason."""
        return self._composition.reports()

    def settings(self, plugin: str) -> Any:
        """The decoded settings of a plugin: an object of its manifest's type, None where it has none."""
        known = self._composition.plugins.get(plugin)
        return known.settings if known is not None else None

    def secret(self, purpose: str) -> bytes:
        """32 bytes that only this site has for this purpose; plugins begin the purpose with their name."""
        return self.secrets(purpose)[0]

    def secrets(self, purpose: str) -> tuple[bytes, ...]:
        """The same for the present key and then the earlier ones: verify with all, sign with the first."""
        derived = self._secrets.get(purpose)
        if derived is None:
            keys = (self._root.secret_key, *self._root.previous_keys)
            derived = self._secrets[purpose] = tuple(derived_secret(key, self.name, purpose) for key in keys)
        return derived

    def guard(self, item: object, what: str, *, seconds: float = SECONDS) -> Guard:
        """What calls into a contributed item go through: the same one for the same item and `what`, so that
        its breaker remembers.
        """
        key = (id(item), what)
        if key not in self._guards:
            self._guards[key] = Guard(self.contributions.owner(item), what, seconds=seconds)
        return self._guards[key]

    def on_close(self, callback: OnClose) -> None:
        """Call this when the site begins to close, the last one first; what it raises is logged."""
        self._on_close.append(callback)

    # Its life

    async def open(self) -> None:
        """Open the storage and enter the plugins' lifespans; opening twice, even at once, opens once.

        Raises `ConfigurationError` or `Unavailable` where the site can't work; then nothing stays open.
        """
        async with self._opening:
            if self._state == "open":
                return
            if self._state == "closed":
                raise Unavailable(f"The site {self.name} was closed.", hint="Compose a new one.")
            try:
                self._check_required()
                if not self.config.storage:
                    self._root.data.mkdir(parents=True, exist_ok=True, mode=0o700)
                await wiring.open_storage(self.ports.storage)
                await self._enter_lifespans()
                self._check_required()
            except BaseException:
                self._state = "closed"
                await self._shut()
                raise
            relay_signals(self.ports.storage, self.ports.bus, self.contributions.events)
            self._observers = TaskObservers(self.ports.bus, self.contributions.subscribers)
            self._observers.start()
            self._state = "open"

    async def close(self) -> None:
        """Leave the lifespans and close resources and storage, in the reverse order of opening. Never raises
        because of a plugin.
        """
        async with self._opening:
            if self._state == "closed":
                return
            opened, self._state = self._state == "open", "closed"
            if opened:
                await self._shut()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _shut(self) -> None:
        while self._on_close:
            await self._contained("on_close", _called(self._on_close.pop()))
        if self._observers is not None:
            await self._contained("observers", self._observers.close())
        await self._contained("lifespans", self._lifespans.aclose())
        await self._contained("resources", self.resources.close())
        if self._chosen is not None:
            await self._contained("blob store", self._chosen.files.blobs.close())
            await self._contained("storage", self._chosen.storage.close())

    async def _contained(self, what: str, ending: Awaitable[object]) -> None:
        try:
            await ending
        except Exception:
            logger.exception("Closing the %s of the site %s failed", what, self.name)

    async def _enter_lifespans(self) -> None:
        for plugin in self._composition.active():
            if plugin.active and not await self._enter(plugin):
                self._composition.settle(self.ports.storage.capabilities)
                self._freeze()

    async def _enter(self, plugin: Plugin) -> bool:
        seconds = self.config.plugins.time_budget
        for manager in wiring.lifespans_of(plugin, self.storage, embedded=self.storage_factory.embedded):
            budget = asyncio.timeout(seconds)
            try:
                async with budget:
                    await manager.__aenter__()
            except (Exception, SystemExit) as error:
                late = PluginError(f"its lifespan did not begin within {seconds:g} seconds")
                plugin.fail("lifespan", late if budget.expired() else error)
                return False
            self._lifespans.push_async_exit(_leaving(plugin, manager))
        return True

    def _check_required(self) -> None:
        if self._problem is not None:
            raise self._problem
        for name in self.config.plugins.required:
            plugin = self._composition.plugins.get(name)
            if plugin is None or not plugin.active:
                reason = f"is {plugin.state}: {plugin.reason}" if plugin is not None else "is not installed"
                raise ConfigurationError(
                    f"The site {self.name} requires the plugin {name!r}, which {reason}.",
                    hint=(plugin.hint if plugin is not None else "")
                    or f"`microblog plugins show {name}` says more.",
                )

    # Its composition

    def _compose(self, *, safe_mode: bool) -> None:
        composition = self._composition
        composition.prepare(lambda found: _switched_off(found, self.config, safe_mode=safe_mode))
        composition.collect(self, with_site=False)
        try:
            self._chosen = wiring.choose_storage(self._root, self.config, composition)
        except MicroblogError as error:
            self._problem = error
        capabilities = self._chosen.storage.capabilities if self._chosen is not None else None
        self.doubts = wiring.doubts(self.config, composition)
        for doubt in self.doubts:
            logger.warning("Site %s: %s", self.name, doubt)
        composition.settle(capabilities)
        composition.collect(self, with_site=True)
        composition.settle(capabilities)
        self._freeze()

    def _freeze(self) -> None:
        """Settle what the active plugins contributed; again without a plugin whose lifespan failed."""
        composition = self._composition
        self._contributions = freeze(composition.bundles())
        self.faces = wiring.faces_of(composition)
        self.translations = wiring.translations_of(composition)
        self.metrics = wiring.settle_observers(self.observers, self._contributions)
        self.gateways = wiring.gateways_of(self.config, self._contributions, self.public_url, self.metrics)
        try:
            self._renderer = wiring.choose_renderer(self.config, self._contributions)
            if self._chosen is not None:
                self._ports = wiring.make_ports(
                    self.config, self._chosen, self._clock, self._contributions, self.gateways, self._ports
                )
        except MicroblogError as error:
            self._problem, self._ports = error, None


def compose_site(
    config: Config,
    site: SiteConfig,
    *,
    faces: Collection[str] = (),
    plugins: Mapping[str, object] | None = None,
    clock: Clock | None = None,
    builtins: Mapping[str, str] = BUILTINS,
    importer: Importer | None = None,
    check_faces: bool = False,
) -> Site:
    """Compose one site. `faces` are the ones that this process runs (`web`, `api`, `tasks`).

    `plugins` are further plugins by name, modules or objects with a `PLUGIN` and hooks. Raises nothing
    because of a plugin. `check_faces` also calls the hooks of the faces, so that the report tells of them; a
    process that runs those faces leaves it out.
    """
    keys = (config.secret_key, *config.previous_keys)
    composition = Composition(
        settings=site.settings,
        budget=site.plugins.time_budget,
        faces=faces,
        given=plugins,
        builtins=builtins,
        importer=importer,
        hidden=(*(key.reveal() for key in keys), site.storage, site.blobs, config.jobs.broker.reveal()),
    )
    composed = Site(config, site, composition, clock or SystemClock())
    composed._compose(safe_mode=config.safe_mode)
    if check_faces:
        composition.check_faces(composed)
    return composed


def compose_sites(
    config: Config, *, faces: Collection[str] = (), plugins: Mapping[str, object] | None = None
) -> tuple[Site, ...]:
    """Compose every site of the configuration; modules are imported once for all of them."""
    importer = Importer()
    return tuple(
        compose_site(config, site, faces=faces, plugins=plugins, importer=importer) for site in config.sites
    )


def _switched_off(found: Found, site: SiteConfig, *, safe_mode: bool) -> str:
    if found.builtin:
        return ""
    if safe_mode and not found.ours:
        return "MICROBLOG_SAFE_MODE leaves out everything but Microblog's own plugins"
    if found.name in site.plugins.disabled:
        return "plugins.disabled names it"
    if site.plugins.only is not None and found.name not in site.plugins.only:
        return "plugins.only does not name it"
    return ""


async def _called(callback: OnClose) -> None:
    ending = callback()
    if inspect.isawaitable(ending):
        await ending


def _leaving(plugin: Plugin, manager: contextlib.AbstractAsyncContextManager[None]) -> Any:
    async def leave(kind: Any, error: Any, trace: Any) -> bool:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await manager.__aexit__(None, None, None)
        except Exception:
            logger.exception("The lifespan of the plugin %s did not end well", plugin.name)
        return False

    return leave
