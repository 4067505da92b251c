"""The tasks face of this package itself: the broker `memory:`."""

from __future__ import annotations

from collections.abc import Iterable

from taskiq import AsyncBroker, InMemoryBroker

from microblog_core.plugins.marks import hookimpl
from microblog_tasks.contributions import BrokerFactory


def _memory(url: str) -> AsyncBroker:
    return InMemoryBroker(await_inplace=True)


@hookimpl
def register_brokers() -> Iterable[BrokerFactory]:
    """A broker that runs tasks in the worker's own process."""
    return (BrokerFactory(name="memory", schemes=("memory",), make=_memory),)
