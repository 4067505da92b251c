"""The second half of an inspection: what a plugin declares, and what it adds to a real site in memory."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from microblog_core import hookspecs
from microblog_core.authoring.findings import Finding
from microblog_core.authoring.settings_rules import look_at_settings, sample_of
from microblog_core.authoring.signatures import Specs, look_at_hooks
from microblog_core.contributions import Manifest
from microblog_core.domain.errors import MicroblogError, PluginError
from microblog_core.memory.storage import MemoryStorage
from microblog_core.plugins.bundle import NAME_TAKEN, NOT_NAMESPACED
from microblog_core.plugins.discovery import CORE_FACE
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager, marked_hooks
from microblog_core.plugins.manifest import ATTRIBUTE, WRONG_FIELD, WRONG_NAME, Incompatible, read_manifest
from microblog_core.plugins.report import PluginReport, PluginState
from microblog_core.plugins.shapes import WRONG_SHAPE
from microblog_core.plugins.translations import problems_of
from microblog_core.ports import storage as storages
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with

if TYPE_CHECKING:
    from microblog_core.authoring.inspection import Inspection

SECONDS = 5.0
CAPABILITIES = frozenset(
    {storages.SEARCH, storages.TRENDS, storages.STATISTICS, storages.QUEUE, storages.LEDGER}
    | {storages.SQL, storages.SIGNALS}
)
_OF_MANIFEST = {WRONG_NAME: "MB202", Incompatible.code: "MB203", WRONG_FIELD: "MB204"}
_OF_CONTRIBUTIONS = {WRONG_SHAPE: "MB402", NOT_NAMESPACED: "MB403", NAME_TAKEN: "MB404"}


class Composed:
    """One plugin whose modules are imported."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._name = inspection.plugin.name
        self._manifest: Manifest | None = None
        self._specs = {group: specs_of(group) for group in inspection.modules}
        self.hooks: tuple[str, ...] = ()

    def declared(self) -> Iterator[Finding]:
        """The manifest, the signatures of the hooks, the settings."""
        inspection = self._inspection
        try:
            self._manifest = read_manifest(self._name, inspection.modules)
        except PluginError as error:
            code = _OF_MANIFEST.get(error.code, "MB201")
            group = next(iter(inspection.modules))
            where = inspection.module_place(group, ATTRIBUTE)
            yield Finding(code=code, where=where, problem=_sentence(error.message), hint=error.hint)
        for group, module in inspection.modules.items():
            others = partial(_other_specs, group)
            yield from look_at_hooks(module, self._specs[group], others, inspection.place)
        if self._manifest is not None:
            yield from self._settled(self._manifest)

    def _settled(self, manifest: Manifest) -> Iterator[Finding]:
        first = next(iter(self._inspection.modules))
        for capability in manifest.capabilities:
            if capability not in CAPABILITIES:
                yield Finding(
                    code="MB205",
                    where=self._inspection.module_place(first, ATTRIBUTE),
                    problem=f"No storage has the capability {capability!r}.",
                    hint=f"There are {', '.join(sorted(CAPABILITIES))}.",
                )
        if manifest.translations is not None:
            for problem in problems_of(manifest.translations).values():
                yield Finding(
                    code="MB206",
                    where=self._inspection.module_place(first, ATTRIBUTE),
                    problem=_sentence(problem.message),
                    hint=problem.hint,
                )
        if manifest.settings is not None:
            where = self._inspection.module_place(first, manifest.settings.__name__)
            yield from look_at_settings(manifest.settings, where, self._inspection.texts)

    def contributed(self) -> Iterator[Finding]:
        """Compose a site with the plugin, and look at what every face adds to it."""
        assert self._manifest is not None
        with tempfile.TemporaryDirectory() as folder:
            site = self._site(self._manifest, folder)
            report = report_of(site, self._name)
            self.hooks = tuple(report.contributions)
            if report.state is not PluginState.ACTIVE:
                yield self._left_out(report)
                return
            for group, module in self._inspection.modules.items():
                if group != CORE_FACE:
                    yield from self._face(group, module, site)

    def _site(self, manifest: Manifest, folder: str) -> Site:
        needed = [name for name in manifest.requires if _is_installed(name)]
        layers = [group.removeprefix("microblog.") for group in self._specs if group != CORE_FACE]
        options: dict[str, Any] = {}
        if set(manifest.capabilities) - MemoryStorage().capabilities and _is_installed("sql"):
            # Nothing is opened: it is only asked what it can.
            needed.append("sql")
            options["storage"] = f"sqlite:///{folder}/check.db"
        given = self._inspection.plugin.settings
        raw = sample_of(manifest.settings, given) if manifest.settings is not None else dict(given)
        modules = {group.removeprefix("microblog."): each for group, each in self._inspection.modules.items()}
        return site_with(
            {self._name: modules},
            installed=(*layers, *needed),
            faces=layers,
            settings={self._name: raw},
            time_budget=SECONDS,
            **options,
        )

    def _left_out(self, report: PluginReport) -> Finding:
        lines = re.findall(r'File "([^"]+)", line (\d+)', report.traceback)
        where = self._inspection.last_place((file, int(line)) for file, line in lines)
        return Finding(
            code=_OF_CONTRIBUTIONS.get(report.code, "MB401"),
            where=where or self._hook_place(CORE_FACE, report.reason),
            problem=_sentence(report.reason),
            hint=report.hint or "What raises in a hook leaves the whole plugin out; mend it there.",
        )

    def _face(self, group: str, module: object, site: Site) -> Iterator[Finding]:
        specs = self._specs[group]
        manager = HookManager(specs.module, {**vars(specs.module), "Site": Site})
        items: dict[str, tuple[Any, ...]] = {}
        manager.register(self._name, module)
        for hook in manager.implemented(self._name):
            arguments = {"site": site} if manager.takes_site(hook) else {}
            call = partial(manager.collect, self._name, hook, arguments)
            try:
                items[hook] = run_within(SECONDS, call, f"{self._name}.{hook}")
            except Exception as error:
                yield self._raised(group, hook, error)
        checks = f"{specs.module.__package__}.checks"
        if importlib.util.find_spec(checks) is not None:
            for code, problem, hint in importlib.import_module(checks).look_at(self._name, items):
                where = self._hook_place(group, problem)
                yield Finding(code=code, where=where, problem=problem, hint=hint)

    def _raised(self, group: str, hook: str, error: Exception) -> Finding:
        ours = isinstance(error, MicroblogError)
        code = _OF_CONTRIBUTIONS.get(error.code, "MB401") if isinstance(error, MicroblogError) else "MB401"
        return Finding(
            code=code,
            where=self._inspection.error_place(error) or self._hook_place(group, hook),
            problem=_sentence(str(error) if ours else f"{hook} raised {type(error).__name__}: {error}"),
            hint=getattr(error, "hint", "") or "What raises in a hook leaves the face out; mend it there.",
        )

    def _hook_place(self, group: str, text: str) -> str:
        """Where the hook is that a text speaks of; else where its face is."""
        module = self._inspection.modules.get(group)
        for hook, attribute in marked_hooks(module) if module is not None else ():
            if hook in text:
                return self._inspection.place(getattr(module, attribute))
        return self._inspection.module_place(group)


def known_groups() -> Iterator[str]:
    """The groups of faces whose layers are installed here."""
    yield CORE_FACE
    for layer in ("web", "api", "tasks"):
        if importlib.metadata.entry_points(group=f"microblog.{layer}", name=layer):
            yield f"microblog.{layer}"


def specs_of(group: str) -> Specs:
    """The hooks of a layer: in the module `hookspecs` of the package that brings the layer's own face."""
    if group == CORE_FACE:
        return Specs(group, hookspecs, {"Site": Site})
    layer = group.removeprefix("microblog.")
    (point,) = importlib.metadata.entry_points(group=group, name=layer)
    package = point.module.partition(".")[0]
    module: ModuleType = importlib.import_module(f"{package}.hookspecs")
    scope: Mapping[str, object] = {**vars(module), "Site": Site}
    return Specs(group, module, scope)


def _other_specs(group: str) -> list[Specs]:
    return [specs_of(other) for other in known_groups() if other != group]


def _is_installed(plugin: str) -> bool:
    return bool(importlib.metadata.entry_points(group=CORE_FACE, name=plugin))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else f"{text}."
