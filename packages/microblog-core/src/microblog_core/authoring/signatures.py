"""Whether the functions of a module are what the hooks of its face say: names, parameters, annotations."""

from __future__ import annotations

import difflib
import importlib
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any

from microblog_core.authoring.findings import Finding
from microblog_core.authoring.sources import for_type_checkers
from microblog_core.plugins.manager import hook_names, marked_hooks, unmarked_hooks

Place = Callable[[object], str]
"""Where a function of the project is."""
_MARK = "microblog_impl"


class Specs:
    """The hooks of one layer, with the names that their annotations use for type checkers only."""

    def __init__(self, group: str, module: ModuleType, scope: Mapping[str, object]) -> None:
        self.group = group
        self.module = module
        self.hooks = hook_names(module)
        self._scope = dict(scope)

    def parameters(self, hook: str) -> tuple[str, ...]:
        """What it is called with."""
        return tuple(inspect.signature(getattr(self.module, hook)).parameters)

    def returns(self, hook: str) -> Any:
        """What it is to return."""
        return typing.get_type_hints(getattr(self.module, hook), localns=self._scope)["return"]


def look_at_hooks(
    module: object, specs: Specs, others: Callable[[], Iterable[Specs]], place: Place
) -> Iterator[Finding]:
    """Everything that is wrong with the hooks of one face. `others` gives those of the other layers."""
    for hook in unmarked_hooks(module, specs.hooks):
        yield Finding(
            code="MB302",
            where=place(getattr(module, hook)),
            problem=f"{hook} is not marked as a hook: nobody calls it.",
            hint=f"Put @implements(hookspecs.{hook}) before it.",
        )
    for hook, attribute in marked_hooks(module):
        function = getattr(module, attribute)
        where = place(function)
        if hook not in specs.hooks:
            problem = f"There is no hook {hook!r} in {specs.group}."
            yield Finding(code="MB301", where=where, problem=problem, hint=_meant(hook, specs, others()))
            continue
        if (strange := _no_plain_function(function)) is not None:
            yield Finding(code="MB305", where=where, problem=f"{hook} {strange[0]}.", hint=strange[1])
            continue
        wrong = [name for name in _needed(function) if name not in specs.parameters(hook)]
        if wrong:
            takes = ", ".join(specs.parameters(hook)) or "nothing"
            yield Finding(
                code="MB303",
                where=where,
                problem=f"{hook} is not called with {', '.join(wrong)}.",
                hint=f"Take what the hook has ({takes}), or nothing.",
            )
        given, wanted = returned_by(function), specs.returns(hook)
        if given is not inspect.Parameter.empty and not fits(given, wanted):
            yield Finding(
                code="MB304",
                where=where,
                problem=f"{hook} is annotated with {_shown(given)}.",
                hint=f"The hook returns {_shown(wanted)}.",
            )


def _meant(hook: str, specs: Specs, others: Iterable[Specs]) -> str:
    for other in others:
        if hook in other.hooks:
            return f"It is one of {other.group}: put it into the module that this entry point group names."
    near = difflib.get_close_matches(hook, specs.hooks, n=1)
    return f"Did you mean {near[0]}?" if near else f"The hooks are: {', '.join(specs.hooks)}."


def _no_plain_function(function: Any) -> tuple[str, str] | None:
    options = getattr(function, _MARK, None) or {}
    if options.get("wrapper") or options.get("hookwrapper"):
        return "is a wrapper", "Contributions are collected plugin by plugin; return your own."
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "is `async def`", "Hooks are called while the site is composed; make it a plain `def`."
    return None


def _needed(function: Any) -> list[str]:
    """The parameters that must be given; those with a default are the function's own business."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.default is each.empty and each.kind not in kinds]


def returned_by(function: Any) -> Any:
    """The annotation of what a function returns; `Parameter.empty` where it has none that can be read."""
    if hasattr(function, "__wrapped__"):
        # A decorator such as `asynccontextmanager` returns something else than is written there.
        return inspect.Parameter.empty
    for scope in ({}, _scope_of(function)):
        try:
            return typing.get_type_hints(function, localns=scope).get("return", inspect.Parameter.empty)
        except Exception:  # noqa: S112 - annotations may say anything, and mypy says it better
            continue
    return inspect.Parameter.empty


def _scope_of(function: Any) -> dict[str, object]:
    scope: dict[str, object] = {}
    for module, name, called in for_type_checkers(Path(function.__code__.co_filename)):
        try:
            scope[called] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
    return scope


def fits(given: Any, wanted: Any) -> bool:
    """Whether a type may stand where another is wanted; True where that can't be told."""
    if given is Any or wanted is Any or wanted is object:
        return True
    if _is_union(given):
        return all(fits(each, wanted) for each in typing.get_args(given))
    if _is_union(wanted):
        return any(fits(given, each) for each in typing.get_args(wanted))
    one, other = typing.get_origin(given) or given, typing.get_origin(wanted) or wanted
    one = type(None) if one is None else one
    if not isinstance(one, type) or not isinstance(other, type):
        return True
    if other is type or one is type:
        inner = zip(typing.get_args(given), typing.get_args(wanted), strict=False)
        return one is other and all(fits(each, base) for each, base in inner)
    if getattr(other, "_is_protocol", False):
        return _keeps(one, other)
    if one in (str, bytes) and other not in (str, bytes):
        return False
    return issubclass(one, other) and all(fits(each, kind) for each, kind in _items(given, wanted))


def _items(given: Any, wanted: Any) -> Iterator[tuple[Any, Any]]:
    """What is in one container beside what is to be in the other."""
    inside, kinds = typing.get_args(given), typing.get_args(wanted)
    if not inside or not kinds:
        return
    origin = typing.get_origin(given)
    if isinstance(origin, type) and issubclass(origin, tuple):
        yield from ((each, kinds[0]) for each in inside if each is not ... and each != ())
    elif len(kinds) == 2 and issubclass(typing.get_origin(wanted) or object, Mapping):
        yield inside[-1], kinds[-1]
    else:
        yield inside[0], kinds[0]


def _keeps(one: type, contract: type) -> bool:
    """Whether a class has the methods of a contract; what its attributes are is seen on its objects."""
    bases = [base for base in contract.__mro__ if getattr(base, "_is_protocol", False)]
    methods = (name for base in bases for name, value in vars(base).items() if inspect.isfunction(value))
    return all(name.startswith("_") or hasattr(one, name) for name in methods)


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, UnionType)


def _shown(kind: Any) -> str:
    if isinstance(kind, type) and not typing.get_args(kind):
        return kind.__name__
    return str(kind).replace("typing.", "").replace("collections.abc.", "")
