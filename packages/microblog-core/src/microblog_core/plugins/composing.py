"""From discovery to contributions in one straight line; each plugin goes through it alone and may fall out at
every step.

The steps: discover, import, check manifests, order, register, decode settings, contribute. What falls out
keeps why.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any

import msgspec

from microblog_core.contributions import Manifest
from microblog_core.domain.errors import MicroblogError, PluginError
from microblog_core.plugins.beside import SECONDS, beside
from microblog_core.plugins.bundle import Bundle, Claims, name_of
from microblog_core.plugins.discovery import (
    BUILTINS,
    CORE_FACE,
    Found,
    Unavailable,
    discover,
    face_group,
    load_face,
)
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager, hook_names
from microblog_core.plugins.manifest import Incompatible, read_manifest
from microblog_core.plugins.ordering import in_order
from microblog_core.plugins.report import PluginReport, PluginState
from microblog_core.plugins.settings import decode_settings, scrub, secrets_in
from microblog_core.ports.storage import SQL
from microblog_core.runtime.logs import never_write

logger = logging.getLogger("microblog.plugins")

Choice = Callable[[Found], str]
"""Why a plugin is switched off; empty if it isn't."""


@dataclass(kw_only=True)
class Plugin:
    """One plugin on its way through composition."""

    found: Found
    modules: dict[str, object] = field(default_factory=dict)
    manifest: Manifest | None = None
    settings: msgspec.Struct | None = None
    bundle: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    face_items: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    state: PluginState = PluginState.ACTIVE
    stage: str = ""
    reason: str = ""
    hint: str = ""
    code: str = ""
    traceback: str = ""
    order: int = 0
    cost: float = 0.0
    secrets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.found.name

    @property
    def active(self) -> bool:
        """Whether it is still in."""
        return self.state is PluginState.ACTIVE

    def fail(self, stage: str, error: BaseException) -> None:
        """Fall out. What the plugin raised by itself keeps its traceback; what composition says of it needs
        none.
        """
        self.state = _state_after(error)
        self.stage = stage
        ours = isinstance(error, MicroblogError)
        message = str(error) if ours else f"{type(error).__name__}: {error}"
        self.reason = scrub(message, self.secrets)
        self.hint = scrub(error.hint, self.secrets) if isinstance(error, MicroblogError) else ""
        self.code = error.code if isinstance(error, MicroblogError) else ""
        if not ours:
            self.traceback = scrub("".join(traceback.format_exception(_trimmed(error))), self.secrets)
        self.bundle, self.face_items = {}, {}
        logger.warning("The plugin %s is %s (%s): %s", self.name, self.state, stage, self.reason)

    def report(self) -> PluginReport:
        """What is told of it."""
        faces = {
            group: str(getattr(module, "__name__", type(module).__name__))
            for group, module in self.modules.items()
        }
        return PluginReport(
            name=self.name,
            distribution=self.found.distribution,
            version=self.found.version or (self.manifest.version if self.manifest else ""),
            state=self.state,
            builtin=self.found.builtin,
            summary=self.manifest.summary if self.manifest else "",
            reason=self.reason,
            hint=self.hint,
            code=self.code,
            stage=self.stage,
            traceback=self.traceback,
            faces=faces or dict(self.found.faces),
            order=self.order,
            contributions={
                hook: tuple(map(name_of, items))
                for hook, items in (self.bundle | self.face_items).items()
                if items
            },
            cost=round(self.cost * 1000, 3),
        )


class Importer:
    """Imports each face once, within a time budget, and remembers what failed: several sites don't wait for
    it twice.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], object | BaseException] = {}

    def load(self, found: Found, group: str, seconds: float) -> object:
        """The module of a face. Raises what the import raised, or `PluginError` if it did not finish."""
        if group in found.given:
            return found.given[group]
        key = (group, found.faces[group])
        if key not in self._known:
            try:
                self._known[key] = run_within(
                    seconds, lambda: load_face(found, group), f"import of {found.faces[group]}"
                )
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, BaseException):
            raise known
        return known


class Composition:
    """The plugins of one site. `order` is settled by `prepare`; `bundles` grow by `collect`."""

    def __init__(
        self,
        *,
        settings: Mapping[str, Mapping[str, Any]],
        budget: float,
        faces: Collection[str] = (),
        given: Mapping[str, object] | None = None,
        builtins: Mapping[str, str] = BUILTINS,
        importer: Importer | None = None,
        hidden: tuple[str, ...] = (),
    ) -> None:
        self._settings = settings
        self._budget = budget
        self._faces = tuple(face_group(face) for face in faces)
        self._importer = importer or Importer()
        # Addresses are shown without their passwords anyway; whole ones are part of messages.
        never_write(text for text in hidden if ":" not in text)
        self._manager = HookManager()
        self._claims = Claims()
        self.plugins: dict[str, Plugin] = {}
        self._nameless: list[Plugin] = []
        for each in discover(faces, given, builtins):
            plugin = Plugin(found=each, secrets=(*hidden, *secrets_in(settings.get(each.name, {}), None)))
            if each.name in self.plugins:
                # It must not stand in for the plugin that has the name.
                self._nameless.append(plugin)
            else:
                self.plugins[each.name] = plugin

    def prepare(self, switched_off: Choice) -> None:
        """Everything before the hooks are called."""
        for plugin in (*self.plugins.values(), *self._nameless):
            reason = switched_off(plugin.found)
            if reason:
                plugin.state, plugin.reason = PluginState.DISABLED, reason
                continue
            with self._containing(plugin, "discover"):
                if plugin.found.clash:
                    raise PluginError(plugin.found.clash, hint="Uninstall or disable one of them.")
            self._step(plugin, "import", self._import)
            self._step(plugin, "manifest", self._read_manifest)
        self._sort()
        for plugin in self.active():
            self._step(plugin, "register", self._register)
            self._step(plugin, "settings", self._decode_settings)

    def active(self) -> Iterator[Plugin]:
        """The plugins that are still in, in order."""
        return (plugin for plugin in list(self.plugins.values()) if plugin.active)

    def bundles(self) -> dict[str, Bundle]:
        """What the active plugins contributed."""
        return {plugin.name: plugin.bundle for plugin in self.active()}

    def collect(self, site: object, *, with_site: bool) -> None:
        """Call the hooks that take the site, or those that don't, of every plugin that is still in."""
        hooks = [hook for hook in self._manager.hooks if self._manager.takes_site(hook) is with_site]
        arguments = {"site": site} if with_site else {}
        for plugin in self.active():
            with self._containing(plugin, "contribute"):
                self._check_requirements(plugin)
                plugin.bundle |= self._contributed(plugin, hooks, arguments)

    def settle(self, capabilities: Collection[str] | None) -> None:
        """Leave out what can't do without something that fell out meanwhile; `capabilities` are the
        storage's, if known.
        """
        left = -1
        while left != (left := len(list(self.active()))):
            kinds = {kind.name for plugin in self.active() for kind in plugin.bundle.get("register_jobs", ())}
            for plugin in self.active():
                with self._containing(plugin, "contribute"):
                    self._check_requirements(plugin)
                    self._check_capabilities(plugin, capabilities)
                    self._check_schedules(plugin, kinds)

    def check_faces(self, site: object) -> None:
        """Call the hooks of the loaded faces as well, for reports only: their own layers call them in
        earnest.

        A layer's hooks are in the module `hookspecs` of the package that brings the face of the layer's own
        name.
        """
        for group in self._faces:
            layer = self.plugins.get(group.removeprefix("microblog."))
            if layer is None or group not in layer.modules:
                continue
            package = str(getattr(layer.modules[group], "__package__", "") or "")
            with self._containing(layer, group):
                if not package or importlib.util.find_spec(f"{package}.hookspecs") is None:
                    continue
                specs = importlib.import_module(f"{package}.hookspecs")
                if not hook_names(specs):
                    continue
                manager = HookManager(specs)
                for plugin in self.active():
                    if group in plugin.modules:
                        with self._containing(plugin, group):
                            self._check_face(plugin, manager, plugin.modules[group], site)

    def _check_face(self, plugin: Plugin, manager: HookManager, module: object, site: object) -> None:
        manager.register(plugin.name, module)
        for hook in manager.implemented(plugin.name):
            arguments = {"site": site} if manager.takes_site(hook) else {}
            found = run_within(
                self._budget, partial(manager.collect, plugin.name, hook, arguments), f"{plugin.name}.{hook}"
            )
            plugin.face_items[hook] = found

    def modules(self, group: str) -> dict[str, object]:
        """The modules of one face of the active plugins, by plugin name and in order."""
        return {plugin.name: plugin.modules[group] for plugin in self.active() if group in plugin.modules}

    def reports(self) -> tuple[PluginReport, ...]:
        """What became of each plugin, in order; those that fell out last."""
        return tuple(plugin.report() for plugin in (*self.plugins.values(), *self._nameless))

    def _step(self, plugin: Plugin, stage: str, step: Callable[[Plugin], None]) -> None:
        if plugin.active:
            with self._containing(plugin, stage):
                step(plugin)

    @contextlib.contextmanager
    def _containing(self, plugin: Plugin, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plugin.fail(stage, error)
            self._manager.unregister(plugin.name)
        finally:
            plugin.cost += time.perf_counter() - began

    def _import(self, plugin: Plugin) -> None:
        found = plugin.found
        for group in (CORE_FACE, *self._faces):
            if group in found.faces or group in found.given:
                plugin.modules[group] = self._importer.load(found, group, self._budget)

    def _read_manifest(self, plugin: Plugin) -> None:
        plugin.manifest = read_manifest(plugin.name, plugin.modules, builtin=plugin.found.builtin)
        raw, into = self._settings.get(plugin.name, {}), plugin.manifest.settings
        found = tuple(secrets_in(raw, into))
        plugin.secrets += found
        # What only sounds secret may be an address that everybody knows, and stands in many lines.
        never_write(secrets_in(raw, into, by_name=False))
        never_write(text for text in found if "://" not in text)

    def _sort(self) -> None:
        manifests = {plugin.name: plugin.manifest for plugin in self.active() if plugin.manifest is not None}
        order, cycles = in_order(manifests)
        for name, cycle in cycles.items():
            self.plugins[name].fail(
                "order",
                PluginError(
                    f"its order runs in a circle: {' after '.join(cycle)}",
                    hint="Take one `after`, `before` or `requires` out of it.",
                ),
            )
        for position, name in enumerate(order, 1):
            self.plugins[name].order = position
        # Cycles may contain what others require; the rest is dropped when its turn comes.
        last = len(order) + 1
        self.plugins = dict(sorted(self.plugins.items(), key=lambda item: item[1].order or last))

    def _register(self, plugin: Plugin) -> None:
        self._check_requirements(plugin)
        if CORE_FACE in plugin.modules:
            self._manager.register(plugin.name, plugin.modules[CORE_FACE])

    def _decode_settings(self, plugin: Plugin) -> None:
        raw = self._settings.get(plugin.name, {})
        into = plugin.manifest.settings if plugin.manifest else None
        if into is not None:
            plugin.settings = decode_settings(raw, into, f"plugins.{plugin.name}")
        elif raw:
            raise PluginError(
                f"plugins.{plugin.name}.{next(iter(raw))}: the plugin takes no settings",
                hint="Remove its table.",
            )

    def _check_requirements(self, plugin: Plugin) -> None:
        for name in plugin.manifest.requires if plugin.manifest else ():
            other = self.plugins.get(name)
            if other is None:
                raise PluginError(f"requires the plugin {name!r}, which is not installed", hint="Install it.")
            if not other.active:
                raise PluginError(
                    f"requires the plugin {name!r}, which is {other.state}", hint=f"See {name!r}."
                )

    def _check_capabilities(self, plugin: Plugin, capabilities: Collection[str] | None) -> None:
        needed = plugin.manifest.capabilities if plugin.manifest else ()
        for capability in (*needed, *((SQL,) if plugin.bundle.get("register_migrations") else ())):
            if capabilities is not None and capability not in capabilities:
                raise Unavailable(
                    f"needs a storage with the capability {capability!r}",
                    hint="Configure another storage for the site.",
                )

    def _check_schedules(self, plugin: Plugin, kinds: Collection[str]) -> None:
        for schedule in plugin.bundle.get("register_schedules", ()):
            if schedule.kind not in kinds:
                raise PluginError(
                    f"the schedule {schedule.name!r} runs {schedule.kind!r}, a job that nobody offers",
                    hint="Register the job with register_jobs.",
                )

    def _contributed(self, plugin: Plugin, hooks: Iterable[str], arguments: Mapping[str, object]) -> Bundle:
        implemented = set(self._manager.implemented(plugin.name))
        items = {hook: self._call(plugin, hook, arguments) for hook in hooks if hook in implemented}
        taken = self._claims.take(plugin.name, items, builtin=plugin.found.builtin)
        if plugin.found.ours:
            return taken
        return beside(plugin.name, taken, min(SECONDS, self._budget))

    def _call(self, plugin: Plugin, hook: str, arguments: Mapping[str, object]) -> tuple[Any, ...]:
        return run_within(
            self._budget,
            partial(self._manager.collect, plugin.name, hook, arguments),
            f"{plugin.name}.{hook}",
        )


def _state_after(error: BaseException) -> PluginState:
    if isinstance(error, Unavailable):
        return PluginState.UNAVAILABLE
    return PluginState.INCOMPATIBLE if isinstance(error, Incompatible) else PluginState.BROKEN


def _trimmed(error: BaseException) -> BaseException:
    """Without the frames between composition and the plugin: nobody has to look through those."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_machinery(trace):
        trace = trace.tb_next
    return error.with_traceback(trace)


def _is_machinery(trace: TracebackType) -> bool:
    module = str(trace.tb_frame.f_globals.get("__name__", ""))
    return module.startswith(("microblog_core.plugins.", "importlib", "_frozen_importlib", "pluggy"))
