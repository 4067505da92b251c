"""Collects what the web faces of plugins contribute: once for each set of plugins, and once for each site
that has them.

A face that fails is left out and the log says why; the site stays up. Hooks are called through core's hook
manager, so that a misspelt hook, a wrong type and a hook that never returns are found the same way in every
layer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from microblog_core.plugins.beside import SECONDS, functions_beside
from microblog_core.plugins.discovery import OWN_DISTRIBUTIONS
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager
from microblog_web import hookspecs
from microblog_web.contributions import Middleware, NavItem, Slot, StaticFolder, TemplateFolder

if TYPE_CHECKING:
    from microblog_core.site import Site

log = logging.getLogger("microblog.plugins")

HOOK_SECONDS = 5.0
_SET_HOOKS = ("register_routes", "register_templates", "register_static", "register_middleware")
_SITE_HOOKS = ("register_nav_items", "register_slots", "register_template_globals")


@dataclass(kw_only=True)
class SetContributions:
    """What a set of plugins contributes to the application, by plugin name, in the plugins' order."""

    routes: dict[str, Sequence[Any]] = field(default_factory=dict)
    templates: dict[str, Sequence[TemplateFolder]] = field(default_factory=dict)
    static: dict[str, Sequence[StaticFolder]] = field(default_factory=dict)
    middleware: list[tuple[str, Middleware]] = field(default_factory=list)


@dataclass(kw_only=True)
class SiteContributions:
    """What the same plugins contribute to one site's pages. `left_out` are those that contribute nothing,
    and why.
    """

    nav_items: list[NavItem] = field(default_factory=list)
    slots: list[tuple[str, Slot]] = field(default_factory=list)
    template_globals: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


class Faces:
    """The web faces of one set of plugins, by name, in the plugins' order."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self._manager = HookManager(hookspecs, _scope())
        self._names: list[str] = []
        self.left_out: dict[str, str] = {}
        """The faces that no site uses, and why."""
        for name, module in modules.items():
            try:
                self._manager.register(name, module)
            except Exception as error:
                _leave_out(self.left_out, name, error)
            else:
                self._names.append(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The faces that are in use."""
        return tuple(self._names)

    def collect_for_set(self) -> SetContributions:
        """Call the hooks that take nothing; a face that fails is out for good."""
        made = SetContributions()
        for name, found in self._collect(_SET_HOOKS, {}, self.left_out).items():
            made.routes[name] = found["register_routes"]
            made.templates[name] = found["register_templates"]
            made.static[name] = found["register_static"]
            made.middleware += [(name, middleware) for middleware in found["register_middleware"]]
        self._names = list(made.routes)
        return made

    def collect_for_site(self, site: Site) -> SiteContributions:
        """Call the hooks that take the site; a face that fails adds nothing to this site's pages."""
        made = SiteContributions()
        made.left_out.update(self.left_out)
        ours = {each.name for each in site.report if each.distribution in OWN_DISTRIBUTIONS}
        for name, found in self._collect(_SITE_HOOKS, {"site": site}, made.left_out).items():
            made.nav_items += found["register_nav_items"]
            made.slots += [(name, slot) for slot in found["register_slots"]]
            globals_ = {
                key: value for mapping in found["register_template_globals"] for key, value in mapping.items()
            }
            made.template_globals[name] = (
                globals_ if name in ours else functions_beside(name, globals_, SECONDS)
            )
        return made

    def drop(self, name: str, error: Exception) -> None:
        """Leave a face out whose contributions turned out to be unusable."""
        _leave_out(self.left_out, name, error)
        self._names.remove(name)

    def _collect(
        self, hooks: Sequence[str], arguments: Mapping[str, object], left_out: dict[str, str]
    ) -> dict[str, dict[str, tuple[Any, ...]]]:
        collected: dict[str, dict[str, tuple[Any, ...]]] = {}
        for name in self._names:
            try:
                collected[name] = run_within(
                    HOOK_SECONDS,
                    partial(self._call, name, hooks, arguments),
                    f"the web face of {name}",
                )
            except Exception as error:
                _leave_out(left_out, name, error)
        return collected

    def _call(
        self, name: str, hooks: Sequence[str], arguments: Mapping[str, object]
    ) -> dict[str, tuple[Any, ...]]:
        return {hook: self._manager.collect(name, hook, arguments) for hook in hooks}


def _leave_out(left_out: dict[str, str], name: str, error: Exception) -> None:
    left_out[name] = f"{type(error).__name__}: {error}"
    log.error("the web face of the plugin %s is left out: %s", name, left_out[name], exc_info=error)


def _scope() -> Mapping[str, object]:
    """The names that the hooks' annotations use for type checkers only."""
    from microblog_core.site import Site

    return {"Site": Site}
