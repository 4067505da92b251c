"""Decorator: something around a function that has the function's own shape, so that several can be stacked.

Not for what the function is about: a rule that belongs to one function reads best in it. And mind the order:
the first line is asked first; below, who may not publish is refused, but the attempt is logged.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Action = Callable[Concatenate[str, P], R]
"""What somebody does: their name comes first."""


class Refused(Exception):
    """Somebody may not do this."""


def logged(log: list[str]) -> Callable[[Action[P, R]], Action[P, R]]:
    """Write a line for each call, whatever comes of it."""

    def decorate(action: Action[P, R]) -> Action[P, R]:
        @functools.wraps(action)
        def run(who: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            log.append(f"{who}: {action.__name__}")
            return action(who, *args, **kwargs)

        return run

    return decorate


def only_for(people: Collection[str]) -> Callable[[Action[P, R]], Action[P, R]]:
    """Let only these people do it. Others get `Refused`."""

    def decorate(action: Action[P, R]) -> Action[P, R]:
        @functools.wraps(action)
        def run(who: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if who not in people:
                raise Refused(f"{who} may not {action.__name__}")
            return action(who, *args, **kwargs)

        return run

    return decorate
