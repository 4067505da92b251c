"""The frozen structs that the hooks of this layer return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from taskiq import AsyncBroker, TaskiqMiddleware


class BrokerFactory(msgspec.Struct, frozen=True, kw_only=True):
    """Makes brokers whose URL has one of these schemes, without connecting yet.

    The broker must have a result backend: a job's row is kept until its task's result is there.
    """

    name: str
    schemes: tuple[str, ...]
    make: Callable[[str], AsyncBroker]


class TaskMiddleware(msgspec.Struct, frozen=True, kw_only=True):
    """A taskiq middleware for the worker's broker; `make` is called once for each worker."""

    name: str
    make: Callable[[], TaskiqMiddleware]
