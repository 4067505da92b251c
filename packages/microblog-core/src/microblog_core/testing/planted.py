"""Planted faults: whether a suite catches the implementations that break its promises.

A suite is worth what it catches. `keeps` runs one test of a suite, with all of its parameters, on an
implementation, in the event loop of whoever calls:

    for promise in promises_of(BlobStoreSuite):
        assert await keeps(BlobStoreSuite, promise, blobs=MemoryBlobs) is None
    assert await keeps(BlobStoreSuite, "test_a_large_file_comes_in_pieces", blobs=InOnePiece)

A `Planted` is a suite with an implementation that keeps it and, for each promise, those that break it.

Fixtures are given by name: a function that makes one (or an async one, or a generator that also cleans up),
whose parameters are fixtures in turn. The suite's own fixtures are used as pytest would use them.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from microblog_core.domain.errors import MicroblogError

CAUGHT = (AssertionError, pytest.fail.Exception, MicroblogError, TimeoutError)
"""How a suite says that a promise is broken. Any other error is one of the suite or of the planted fault."""

Make = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A suite, the fixture that holds the implementation, a sound one, and by promise those with a fault that
    breaks it. `others` are further fixtures that the suite doesn't make itself.
    """

    suite: type
    fixture: str
    sound: Make
    faults: Mapping[str, Sequence[Make]]
    others: Mapping[str, Make] = field(default_factory=dict)

    def cases(self) -> list[tuple[str, Make]]:
        """Every promise with every implementation that must not keep it."""
        return [(promise, make) for promise, makes in self.faults.items() for make in makes]

    def without(self) -> set[str]:
        """The promises of the suite that nothing breaks, and names that are no promise of it."""
        broken = {promise for promise, makes in self.faults.items() if makes}
        return broken ^ set(promises_of(self.suite))

    async def keeps(self, promise: str, make: Make | None = None) -> str | None:
        """As the function `keeps`, with the sound implementation unless another is given."""
        return await keeps(self.suite, promise, **{**self.others, self.fixture: make or self.sound})


class _Request:
    """What a fixture with parameters sees of pytest."""

    def __init__(self, param: object) -> None:
        self.param = param


def promises_of(suite: type) -> tuple[str, ...]:
    """The names of the tests of a suite, each of which is one promise."""
    return tuple(name for name in dir(suite) if name.startswith("test_") and callable(getattr(suite, name)))


async def keeps(suite: type, promise: str, **fixtures: Make) -> str | None:
    """None where the implementation keeps this promise, else how the suite says that it doesn't.

    Raises what isn't among `CAUGHT`: then the fault is broken in another way than it was meant to be.
    """
    for parameters in _parameters(suite, promise):
        try:
            await _run(suite, promise, parameters, fixtures)
        except CAUGHT as caught:
            return f"{type(caught).__name__}: {caught}"
        except BaseExceptionGroup as group:
            if group.split(CAUGHT)[1] is not None:
                raise
            return f"{type(group).__name__}: {group}"
    return None


async def _run(
    suite: type, promise: str, parameters: Mapping[str, Any], fixtures: Mapping[str, Make]
) -> None:
    instance = suite()
    test = getattr(instance, promise)
    made = dict(parameters)
    async with contextlib.AsyncExitStack() as stack:

        async def get(name: str) -> Any:
            if name not in made:
                function = fixtures.get(name) or _own(instance, name)
                needed = {each: await get(each) for each in _needs(function)}
                made[name] = await _made(function(**needed), stack)
            return made[name]

        outcome = test(**{name: await get(name) for name in _needs(test)})
        if inspect.isawaitable(outcome):
            await outcome


async def _made(value: Any, stack: contextlib.AsyncExitStack) -> Any:
    if inspect.isasyncgen(value):
        return await stack.enter_async_context(contextlib.asynccontextmanager(lambda: value)())
    if inspect.isgenerator(value):
        return stack.enter_context(contextlib.contextmanager(lambda: value)())
    return await value if inspect.isawaitable(value) else value


def _needs(function: Make) -> list[str]:
    """The fixtures that a function asks for; classes and parameters with defaults ask for none."""
    if inspect.isclass(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [each.name for each in parameters if each.kind in plain and each.default is each.empty]


def _own(instance: object, name: str) -> Make:
    """A fixture of the suite itself. Raises `LookupError` where there is none: somebody has to give it."""
    function = getattr(getattr(type(instance), name, None), "__wrapped__", None)
    if function is None:
        raise LookupError(f"give the fixture {name!r} of {type(instance).__name__}")
    bound: Make = function.__get__(instance)
    return bound


def _parameters(suite: type, promise: str) -> Iterator[dict[str, Any]]:
    """Every set of parameters that pytest would run a test with: its own, and those of fixtures."""
    test = getattr(suite, promise)
    choices = [_named(*mark.args) for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    for name in list(inspect.signature(test).parameters):
        marker = getattr(getattr(suite, name, None), "_fixture_function_marker", None)
        if marker is not None and marker.params:
            choices.append([{"request": _Request(param)} for param in marker.params])
    for chosen in itertools.product(*choices):
        yield {name: value for each in chosen for name, value in each.items()}


def _named(names: str | Sequence[str], values: Iterable[Any]) -> list[dict[str, Any]]:
    """The parameters of one `parametrize`."""
    known = [each.strip() for each in names.split(",")] if isinstance(names, str) else list(names)
    rows = []
    for value in values:
        # `pytest.param` holds a tuple even for a single value.
        held = getattr(value, "values", value) if hasattr(value, "marks") else value
        rows.append(held if len(known) > 1 or hasattr(value, "marks") else (held,))
    return [dict(zip(known, row, strict=True)) for row in rows]
