"""Faults for the storage in memory: each breaks one of its functions in one way, by name.

`post_writes.count_post forgets` names a function of `microblog_core.memory` (or a method of a class in it)
and how it is broken. All references to the function are replaced while the fault is planted.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from microblog_core import memory
from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Listing

Function = Callable[..., Any]

MODULES: dict[str, ModuleType] = {
    name: importlib.import_module(f"{memory.__name__}.{name}")
    for _, name, _ in pkgutil.iter_modules(memory.__path__)
    if name not in ("plugin", "blobs", "cache", "limits")
}


def _nothing(result: Any) -> Any:
    return None


def _empty(result: Any) -> Any:
    if isinstance(result, Listing):
        return replace(result, items=())
    return result[:0] if isinstance(result, str | bytes) else type(result)()


def _but_one(place: int) -> Function:
    def lose(result: Any) -> Any:
        if isinstance(result, Listing):
            return replace(result, items=lose(result.items))
        if isinstance(result, dict):
            gone = list(result)[place:][:1]
            return {key: value for key, value in result.items() if key not in gone}
        items = list(result)
        del items[place : place + 1 or None]
        return type(result)(items)

    return lose


def _turned(result: Any) -> Any:
    if isinstance(result, Listing):
        return replace(result, items=result.items[::-1])
    return result[::-1]


ANSWERS: dict[str, Function] = {
    "says yes": lambda result: True,
    "says no": lambda result: False,
    "finds nothing": _nothing,
    "is empty": _empty,
    "loses the first": _but_one(0),
    "loses the last": _but_one(-1),
    "turns the order round": _turned,
    "counts nothing": lambda result: 0,
    "counts one more": lambda result: result + 1,
}
"""How an answer is wrong. A function whose answers aren't of that kind keeps them."""

CALLS = ("forgets", "forgets its guard")
"""How a function does not do what it should: not at all, or without telling of a conflict."""


@functools.cache
def functions() -> dict[str, tuple[object, str, Function]]:
    """Every function of the storage: by its name, where it is found, and itself."""
    found: dict[str, tuple[object, str, Function]] = {}
    for module_name, module in MODULES.items():
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                found[f"{module_name}.{name}"] = (module, name, value)
            elif inspect.isclass(value) and value.__module__ == module.__name__:
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and not method.startswith("__"):
                        found[f"{module_name}.{name}.{method}"] = (value, method, function)
    return found


def ways(function: Function) -> tuple[str, ...]:
    """The ways in which a function can be broken, by what it is annotated to return."""
    returns = str(function.__annotations__.get("return", ""))
    if inspect.isgeneratorfunction(function):
        return ("is empty",)
    if returns == "None":
        return CALLS
    if returns == "bool":
        return ("says yes", "says no")
    if returns == "int":
        return ("counts nothing", "counts one more")
    if (returns.startswith("tuple") and "..." not in returns) or returns.endswith("| None"):
        return ("finds nothing",) if returns.endswith("| None") else ()
    if returns.startswith(("Listing", "Sequence", "tuple", "list", "set", "frozenset", "Mapping", "dict")):
        whole = ("is empty", "loses the first", "loses the last", "turns the order round")
        return whole[:3] if returns.startswith(("set", "frozenset", "Mapping", "dict")) else whole
    return ("finds nothing",) if "None" in returns else ()


def broken(function: Function, way: str) -> Function:
    """The function, broken in this way."""
    if inspect.isgeneratorfunction(function):
        return lambda *arguments, **named: iter(())
    wrong = ANSWERS.get(way, lambda result: result)
    kept_quiet = (Conflict,) if way == "forgets its guard" else ()

    @functools.wraps(function)
    def answer(*arguments: Any, **named: Any) -> Any:
        with contextlib.suppress(*kept_quiet):
            return None if way == "forgets" else wrong(function(*arguments, **named))

    @functools.wraps(function)
    async def answer_later(*arguments: Any, **named: Any) -> Any:
        with contextlib.suppress(*kept_quiet):
            return None if way == "forgets" else wrong(await function(*arguments, **named))

    return answer_later if inspect.iscoroutinefunction(function) else answer


@contextlib.contextmanager
def planted(fault: str) -> Iterator[None]:
    """The storage in memory has this fault. Raises `LookupError` for one that names nothing any more."""
    name, _, way = fault.partition(" ")
    known = functions()
    if name not in known or way not in ways(known[name][2]):
        raise LookupError(f"there is no fault {fault!r}: the storage in memory has changed, choose another")
    owner, attribute, function = known[name]
    with replaced(owner, attribute, function, broken(function, way)):
        yield


@contextlib.contextmanager
def replaced(owner: object, attribute: str, function: Function, other: Function) -> Iterator[None]:
    """Another function, wherever the storage refers to this one."""
    places: list[tuple[Any, Any]] = []
    if inspect.isclass(owner):
        setattr(owner, attribute, other)
    else:
        for module in MODULES.values():
            for name, value in list(vars(module).items()):
                if value is function:
                    places.append((vars(module), name))
                elif isinstance(value, dict) and not name.startswith("__"):
                    places += [(value, key) for key, each in value.items() if each is function]
        for place, key in places:
            place[key] = other
    try:
        yield
    finally:
        if inspect.isclass(owner):
            setattr(owner, attribute, function)
        for place, key in places:
            place[key] = function
