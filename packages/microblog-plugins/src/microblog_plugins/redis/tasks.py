"""The tasks face: the broker for `redis:` and its relatives. taskiq and redis are imported to make one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microblog_core.plugins.marks import hookimpl
from microblog_plugins.redis.options import SCHEMES, read_options

if TYPE_CHECKING:
    from microblog_plugins.redis.broker import RedisStreams
    from microblog_tasks.contributions import BrokerFactory


def _make(url: str) -> RedisStreams:
    from microblog_plugins.redis.broker import RedisStreams

    return RedisStreams(read_options(url))


@hookimpl
def register_brokers() -> Iterable[BrokerFactory]:
    """Streams of Redis or Valkey, on one server or a cluster."""
    from microblog_tasks.contributions import BrokerFactory

    return (BrokerFactory(name="streams", schemes=SCHEMES, make=_make),)
