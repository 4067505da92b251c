"""The one file that touches pluggy's manager and calls hooks. A manager belongs to one site, or to one face
of one set of plugins.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pluggy

from microblog_core import hookspecs
from microblog_core.domain.errors import PluginError
from microblog_core.plugins.shapes import WRONG_SHAPE, shapes_of

PROJECT = "microblog"
_SPEC_MARK = f"{PROJECT}_spec"
_IMPL_MARK = f"{PROJECT}_impl"


class HookManager:
    """Registers plugins one by one and collects what each of them contributes, apart from all others.

    `specs` is the module with the hooks: core's, or another layer's (`scope` then resolves the names that its
    annotations use). Each plugin gets a pluggy manager of its own: pluggy compares and hashes plugin objects
    with one another, so that in a shared one a single strange object would lose everybody's contributions.
    """

    def __init__(self, specs: ModuleType = hookspecs, scope: Mapping[str, object] | None = None) -> None:
        self._specs = specs
        self._managers: dict[str, pluggy.PluginManager] = {}
        self._implemented: dict[str, tuple[str, ...]] = {}
        self.hooks = hook_names(specs)
        self._shapes = shapes_of(specs, self.hooks, scope if scope is not None else _core_scope())

    def register(self, name: str, plugin: object) -> None:
        """Take a plugin in. Raises `PluginError` for a misspelt hook, unknown parameters, or a hook that is
        not marked.
        """
        self._refuse_unmarked(plugin)
        manager = pluggy.PluginManager(PROJECT)
        # pluggy looks at every name of plugin and specifications: it gets those that have to do with hooks.
        marked = marked_hooks(plugin)
        wanted = {hook for hook, _ in marked}
        specs = tuple(hook for hook in self.hooks if hook in wanted)
        if specs:
            manager.add_hookspecs(_with(self._specs, specs))
        try:
            manager.register(_with(plugin, [attribute for _, attribute in marked]), name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise self._explained(plugin, error) from None
        self._managers[name] = manager
        self._implemented[name] = specs
        self._refuse_wrappers(name)

    def takes_site(self, hook: str) -> bool:
        """Whether a hook is called with the site."""
        return "site" in inspect.signature(getattr(self._specs, hook)).parameters

    def unregister(self, name: str) -> None:
        """Leave a plugin out again; nothing happens where it isn't in."""
        self._managers.pop(name, None)
        self._implemented.pop(name, None)

    def implemented(self, name: str) -> tuple[str, ...]:
        """The hooks that a registered plugin implements, in the menu's order; none for one that isn't
        registered.
        """
        return self._implemented.get(name, ())

    def collect(self, name: str, hook: str, arguments: Mapping[str, object]) -> tuple[Any, ...]:
        """Call one hook of one plugin and return the checked items. Raises what the hook raises, and
        `PluginError`.

        Generators run to their end here, so that what they raise is contained too.
        """
        if hook not in self._implemented[name]:
            return ()
        caller, shape = self._caller(name, hook), self._shapes[hook]
        results = caller(**arguments)
        if len(results) < len(caller.get_hookimpls()) and not shape.optional:
            raise PluginError(
                f"{hook} returned None",
                hint="Return a list or a tuple, empty for nothing.",
                code=WRONG_SHAPE,
            )
        return tuple(item for result in results for item in shape.items(result))

    def _caller(self, name: str, hook: str) -> pluggy.HookCaller:
        caller: pluggy.HookCaller = getattr(self._managers[name].hook, hook)
        return caller

    def _refuse_unmarked(self, plugin: object) -> None:
        for hook in unmarked_hooks(plugin, self.hooks):
            raise PluginError(
                f"{hook} is not marked as a hook", hint="Put @hookimpl, or @implements(...), before it."
            )

    def _refuse_wrappers(self, name: str) -> None:
        for hook in self.implemented(name):
            if any(each.wrapper or each.hookwrapper for each in self._caller(name, hook).get_hookimpls()):
                self.unregister(name)
                raise PluginError(
                    f"{hook} is a wrapper",
                    hint="Contributions are collected plugin by plugin; return your own.",
                )

    def _explained(self, plugin: object, error: pluggy.PluginValidationError) -> PluginError:
        for hook, attribute in marked_hooks(plugin):
            if hook not in self.hooks:
                near = difflib.get_close_matches(hook, self.hooks, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"The hooks are: {', '.join(self.hooks)}."
                where = f" (the function {attribute})" if attribute != hook else ""
                return PluginError(f"there is no hook {hook!r}{where}", hint=hint)
        return PluginError(
            " ".join(str(error).split()), hint="Take the parameters that the hook has, or none."
        )


def hook_names(specs: ModuleType) -> tuple[str, ...]:
    """The hooks of a module, in the order they are written in."""
    return tuple(name for name, value in vars(specs).items() if hasattr(value, _SPEC_MARK))


def unmarked_hooks(plugin: object, hooks: Iterable[str]) -> Iterator[str]:
    """The functions of a plugin's own that are called as hooks are, and are not marked as such."""
    module = getattr(plugin, "__name__", None)
    for hook in set(dir(plugin)).intersection(hooks):
        function = inspect.getattr_static(plugin, hook, None)
        if (
            inspect.isfunction(function)
            and function.__module__ == module
            and not hasattr(function, _IMPL_MARK)
        ):
            yield hook


def _with(thing: object, names: Iterable[str]) -> ModuleType:
    """Some attributes of a thing by themselves."""
    made = ModuleType(str(getattr(thing, "__name__", None) or type(thing).__qualname__))
    for name in names:
        setattr(made, name, getattr(thing, name))
    return made


def marked_hooks(plugin: object) -> list[tuple[str, str]]:
    """(hook, attribute) of everything in a plugin that is marked as a hook."""
    found = []
    for attribute in dir(plugin):
        if attribute.startswith("__"):
            continue
        options = getattr(inspect.getattr_static(plugin, attribute, None), _IMPL_MARK, None)
        if options is not None:
            found.append((options.get("specname") or attribute, attribute))
    return found


def _core_scope() -> dict[str, object]:
    from microblog_core.site import Site

    return {"Site": Site}
