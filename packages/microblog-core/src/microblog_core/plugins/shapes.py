"""Whether what a hook returned is what the hook says: struct types by instance, contracts by their members.

What is checked follows from the annotations in `hookspecs`; a new hook is checked without a line here.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from microblog_core.domain.errors import PluginError

Check = Callable[[object], None]
"""Raises `PluginError` that says what is wrong with one contributed item."""
WRONG_SHAPE = "plugin_shape"
"""The code of that error."""


class Shape:
    """What one hook returns: several items of a kind, a mapping, or one value or None."""

    def __init__(self, hook: str, annotation: Any) -> None:
        self._hook = hook
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        self.many = (
            isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping)
        )
        self.mapping = isinstance(origin, type) and issubclass(origin, Mapping)
        self.optional = type(None) in arguments
        wanted = (
            [each for each in arguments if each is not type(None)]
            if self.many or self.optional
            else [annotation]
        )
        self._wanted = wanted[0]

    def items(self, result: object) -> tuple[Any, ...]:
        """The items that an implementation returned, checked. Raises `PluginError`."""
        if result is None and self.optional:
            return ()
        if self.many:
            if result is None or isinstance(result, str | bytes) or not isinstance(result, Iterable):
                raise PluginError(
                    f"{self._hook} returned {describe(result)}",
                    hint="Return a list or a tuple, empty for nothing.",
                    code=WRONG_SHAPE,
                )
            found = tuple(result)
        else:
            found = (result,)
        for item in found:
            self.check(item)
        return found

    def check(self, item: object) -> None:
        """Raises `PluginError` where one item is not what the hook takes."""
        problem = mismatch(item, self._wanted)
        if problem:
            raise PluginError(
                f"{self._hook}: {problem}",
                hint=f"The hook takes {_label(self._wanted)}.",
                code=WRONG_SHAPE,
            )


def shapes_of(specs: ModuleType, names: Iterable[str], scope: Mapping[str, object]) -> dict[str, Shape]:
    """The shape of each hook; `scope` resolves names that the module imports for type checkers only."""
    return {
        name: Shape(name, typing.get_type_hints(getattr(specs, name), localns=dict(scope))["return"])
        for name in names
    }


def mismatch(item: object, wanted: Any) -> str:
    """Why an item is not of a kind; empty if it is."""
    origin = typing.get_origin(wanted)
    if origin is type:
        base = typing.get_args(wanted)[0]
        good = isinstance(item, type) and issubclass(item, base)
        return "" if good else f"{describe(item)} is no subclass of {base.__name__}"
    kind = origin or wanted
    if not isinstance(kind, type):
        return ""
    if getattr(kind, "_is_protocol", False):
        return _against_protocol(item, kind)
    return "" if isinstance(item, kind) else f"{describe(item)} is no {kind.__name__}"


def _against_protocol(item: object, protocol: type) -> str:
    if isinstance(item, type):
        return f"{describe(item)} is the class; return an object of it"
    for name, member in _members(protocol).items():
        own = getattr(item, name, None)
        if own is None:
            return f"{describe(item)} has no {name!r}, which {protocol.__name__} needs"
        problem = _against_method(own, member) if inspect.isfunction(member) else _against_value(own, member)
        if problem:
            return f"{type(item).__name__}.{name} {problem}"
    return ""


def _members(protocol: type) -> dict[str, Any]:
    """Methods, and the types of attributes, of a contract and those it derives from."""
    members: dict[str, Any] = {}
    for base in reversed(protocol.__mro__):
        if getattr(base, "_is_protocol", False) and base is not typing.Protocol:
            members |= {name: kind for name, kind in typing.get_type_hints(base).items() if name[0] != "_"}
            methods = {name: value for name, value in vars(base).items() if inspect.isfunction(value)}
            members |= {name: value for name, value in methods.items() if name[0] != "_"}
    return members


def _against_value(own: object, kind: Any) -> str:
    plain = typing.get_origin(kind) or kind
    if isinstance(plain, type) and not getattr(plain, "_is_protocol", False) and not isinstance(own, plain):
        return f"is {describe(own)}, not {_label(kind)}"
    return ""


def _against_method(own: Any, method: FunctionType) -> str:
    if not callable(own):
        return "is no method"
    if inspect.isfunction(own) or inspect.ismethod(own):
        wanted, given = inspect.iscoroutinefunction(method), inspect.iscoroutinefunction(inspect.unwrap(own))
        if wanted != given:
            return "must be `async def`" if wanted else "must not be `async def`"
    return _against_parameters(own, method)


def _against_parameters(own: Callable[..., Any], method: FunctionType) -> str:
    positional, named = [], {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = object()
        elif parameter.default is parameter.empty:
            positional.append(object())
    try:
        inspect.signature(own).bind(*positional, **named)
    except TypeError as error:
        return f"does not take what it is called with: {error}"
    except ValueError:
        # Built-in functions have no signature to look at.
        return ""
    return ""


def describe(value: object) -> str:
    """A value by its type; never by its content, which might be secret."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"{'an' if type(value).__name__[0].lower() in 'aeiou' else 'a'} {type(value).__name__}"


def _label(kind: Any) -> str:
    origin = typing.get_origin(kind)
    if origin is type:
        return f"subclasses of {typing.get_args(kind)[0].__name__}"
    return str(getattr(origin or kind, "__name__", kind))
