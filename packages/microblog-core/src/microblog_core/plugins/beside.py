"""Synchronous contributions of other people's plugins, called on a thread beside the event loop's.

The caller waits for the answer, so that for it nothing changes. But it waits at most as long as the budget
says: a function that waits forever holds the site up once, and is then left alone until it comes back. A call
costs some tens of microseconds more; that is why only what is called by the use case or the page is called
so, and why the plugins of Microblog's own packages, which keep the contract, are called at once.
"""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from typing import Any

import msgspec

from microblog_core.plugins.guard import ThreadCall, TimeBudgetExceeded

SECONDS = 1.0
"""How long a function may take. While it does the whole process waits: most take microseconds."""
METHODS: Mapping[str, tuple[str, ...]] = {
    "register_content_filters": ("apply",),
    "register_entities": ("find",),
    "register_post_validators": ("validate",),
    "register_policies": ("decide",),
    "register_routing_rules": ("route",),
    "register_media_processors": ("probe",),
    "register_metrics_sinks": ("count", "timing"),
}
"""The synchronous methods of what these hooks contribute."""
WITHIN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "register_timelines": ("strategy", ("delivery", "on_publish", "on_follow")),
    "register_page_renderers": ("renderer", ("form", "message")),
}
"""Those of an object within the struct that these hooks contribute."""


class Beside:
    """Calls one plugin's functions. `what` says in errors what they are."""

    def __init__(self, owner: str, what: str, seconds: float = SECONDS) -> None:
        self._name = f"{what} of the plugin {owner}"
        self._seconds = seconds
        self._stuck: list[ThreadCall] = []

    def call(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What the function returns; generators run to their end. Raises what it raises, and
        `TimeBudgetExceeded`.
        """
        self._stuck = [call for call in self._stuck if not call.ended.is_set()]
        if self._stuck:
            raise TimeBudgetExceeded(f"{self._name} has not come back from an earlier call")
        context = contextvars.copy_context()
        call = ThreadCall(partial(context.run, _run, function, given, named), f"microblog: {self._name}")
        if not call.run_within(self._seconds):
            self._stuck.append(call)
            raise TimeBudgetExceeded(
                f"{self._name} took longer than {self._seconds:g} seconds",
                hint="Find what it waits for; what takes long belongs into a job.",
            )
        return call.value()

    def wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is called so."""

        @wraps(function)
        def beside(*given: Any, **named: Any) -> Any:
            return self.call(function, *given, **named)

        return beside


def beside(owner: str, bundle: Mapping[str, tuple[Any, ...]], seconds: float) -> dict[str, tuple[Any, ...]]:
    """A plugin's bundle, with what is synchronous in it called so, for at most `seconds`."""
    return {
        hook: tuple(_item(owner, hook, item, seconds) for item in items) for hook, items in bundle.items()
    }


def functions_beside(owner: str, values: Mapping[str, Any], seconds: float = SECONDS) -> dict[str, Any]:
    """Values by name, where functions are called so; what is a class or asynchronous stays as it is."""
    return {
        name: Beside(owner, name, seconds).wrapped(value)
        if inspect.isroutine(value) and not inspect.iscoroutinefunction(value)
        else value
        for name, value in values.items()
    }


def _item(owner: str, hook: str, item: Any, seconds: float) -> Any:
    if hook in METHODS:
        return _stand_in(item, METHODS[hook], Beside(owner, _what(item), seconds))
    if hook in WITHIN:
        attribute, methods = WITHIN[hook]
        inner = getattr(item, attribute)
        other = _stand_in(inner, methods, Beside(owner, _what(inner), seconds))
        return msgspec.structs.replace(item, **{attribute: other})
    return item


def _what(item: object) -> str:
    return f"the {type(item).__name__}"


def _run(function: Callable[..., Any], given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    result = function(*given, **named)
    return tuple(result) if isinstance(result, Iterator) else result


class _StandIn:
    """Stands for an object, but for some methods. Its class is called as the object's: the log says that."""

    def __init__(self, item: object, methods: tuple[str, ...], aside: Beside) -> None:
        self._item = item
        for name in methods:
            setattr(self, name, aside.wrapped(getattr(item, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)

    def __repr__(self) -> str:
        return repr(self._item)

    def __eq__(self, other: object) -> bool:
        return self._item is (other._item if isinstance(other, _StandIn) else other)

    def __hash__(self) -> int:
        return id(self._item)


def _stand_in(item: object, methods: tuple[str, ...], aside: Beside) -> object:
    kind = type(type(item).__name__, (_StandIn,), {"__qualname__": type(item).__qualname__})
    made: object = kind(item, methods, aside)
    return made
