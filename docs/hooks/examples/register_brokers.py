"""A broker for the URL `pipe:`; `--broker pipe:` chooses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_tasks import hookspecs
from microblog_tasks.broker import make_broker
from microblog_tasks.contributions import BrokerFactory
from microblog_tasks.face import MemoryBroker

PLUGIN = Manifest(name="pipe")


class Pipe(MemoryBroker):
    """A broker of taskiq that is a `Backlog`, too."""


@implements(hookspecs.register_brokers)
def brokers() -> Iterable[BrokerFactory]:
    return [BrokerFactory(name="pipe", schemes=("pipe",), make=lambda url: Pipe())]


async def main() -> None:
    assert isinstance(make_broker("pipe:", {"pipe": sys.modules[__name__]}), Pipe)


if __name__ == "__main__":
    asyncio.run(main())
