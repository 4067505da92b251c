"""Connections to Redis: one server or a cluster. The only module that makes clients."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_plugins.redis.options import Options

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
"""Longer than any blocking read of ours."""


def connect(options: Options, *, at_once: bool = False) -> Any:
    """A client, not connected yet. Raises `ConfigurationError` for a URL that redis-py doesn't take.

    With `at_once` it tries nothing a second time, for who has something better to do than to wait.
    """
    kind = RedisCluster if options.cluster else Redis
    more: dict[str, Any] = {"retry": Retry(NoBackoff(), 0)} if at_once else {}
    try:
        return kind.from_url(
            options.server,
            protocol=2,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            **more,
        )
    except (ValueError, TypeError, RedisError) as error:
        raise ConfigurationError(
            f"The URL of Redis is not understood: {type(error).__name__}.",
            hint="Write redis://host:6379/0 or redis+cluster://host:6379.",
        ) from error


async def disconnect(client: Any) -> None:
    """Close all its connections."""
    await client.aclose()


async def ping(client: Any) -> None:
    """Return when it answers. Raises `Unavailable`."""
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise Unavailable(
            f"Redis does not answer: {type(error).__name__}.",
            hint="Start it, or correct jobs.broker and plugins.redis.url. Until then jobs wait in the"
            " database, and each process counts and tells for itself.",
        ) from error
