"""How a plugin marks its hooks, so that a type checker sees a wrong signature before a site does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from microblog_core.hookspecs import hookimpl

__all__ = ["hookimpl", "implements"]

P = ParamSpec("P")
R = TypeVar("R")


class Mark(Protocol[P, R]):
    """Takes a function with the hook's own parameters, or with none, that returns what the hook returns."""

    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def __call__(self, function: Callable[[], R], /) -> Callable[[], R]: ...

    def __call__(self, function: Callable[..., Any], /) -> Callable[..., Any]:
        """The same function, marked."""
        ...


def implements(spec: Callable[P, R]) -> Mark[P, R]:
    """Mark a function as the implementation of a hook of `hookspecs`, whatever the function's own name.

    The same as `hookimpl(specname=...)`, but mypy compares the parameters and the result with the hook's.
    """
    mark: Mark[P, R] = hookimpl(specname=spec.__name__)
    return mark
