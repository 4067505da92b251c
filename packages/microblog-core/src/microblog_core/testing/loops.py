"""Async tests and fixtures: `async def test_...` simply works, with nothing to mark.

Every test gets one event loop of its own, made when its first async fixture or the test itself asks for it,
and closed after the last fixture has been torn down; leftover tasks are cancelled then. `async def`
fixtures, with `return` or `yield`, run in that same loop, so they must have the scope `function`. Each step
(set up, test, tear down) is a task of its own: don't `yield` inside `asyncio.timeout` or a task group.
Property tests of hypothesis may be async too; their examples share the loop.

These are hooks of pytest; `plugin` brings them in. pytest loads this at its start, so asyncio is imported
when it is needed.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import asyncio

_RUNNER = pytest.StashKey["asyncio.Runner"]()

Function = Callable[..., Any]


def _runner_of(item: pytest.Item) -> asyncio.Runner:
    """The test's own event loop, made on the first call."""
    if _RUNNER not in item.stash:
        import asyncio

        item.stash[_RUNNER] = asyncio.Runner()
    return item.stash[_RUNNER]


def _synchronous(function: Function, runner: Callable[[], asyncio.Runner]) -> Function:
    """A plain function that runs a coroutine function to its end."""

    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        return runner().run(function(*arguments, **named))

    return run


def _synchronous_generator(function: Function, runner: Callable[[], asyncio.Runner]) -> Function:
    """A plain generator function that drives an async one: a fixture with a `yield`."""

    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Iterator[Any]:
        generator = function(*arguments, **named)
        yield runner().run(anext(generator))
        try:
            runner().run(anext(generator))
        except StopAsyncIteration:
            return
        runner().run(generator.aclose())
        pytest.fail(f"the fixture {function.__name__!r} yields more than once", pytrace=False)

    return run


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Let pytest see an async fixture as a plain one, for the time of its set-up."""
    function = fixturedef.func
    if inspect.isasyncgenfunction(function):
        wrap = _synchronous_generator
    elif inspect.iscoroutinefunction(function):
        wrap = _synchronous
    else:
        return (yield)
    if not isinstance(request.node, pytest.Item):
        pytest.fail(f"the async fixture {fixturedef.argname!r} must have the scope 'function'", pytrace=False)
    # pytest binds a method to the test's instance, and knows a method by its `__func__`.
    plain = wrap(getattr(function, "__func__", function), functools.partial(_runner_of, request.node))
    owner = getattr(function, "__self__", None)
    fixturedef.func = plain if owner is None else types.MethodType(plain, owner)  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run an async test in the event loop of its fixtures."""
    test = pyfuncitem.obj
    runner = functools.partial(_runner_of, pyfuncitem)
    if inspect.iscoroutinefunction(test):
        arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(test).parameters}
        _synchronous(test, runner)(**arguments)
        return True
    examples = getattr(test, "hypothesis", None)
    if examples is not None and inspect.iscoroutinefunction(examples.inner_test):
        examples.inner_test = _synchronous(examples.inner_test, runner)
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Close the test's event loop after its last fixture."""
    try:
        yield
    finally:
        if _RUNNER in item.stash:
            item.stash[_RUNNER].close()
            del item.stash[_RUNNER]
