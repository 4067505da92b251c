"""The settings of the plugin `redis`."""

from __future__ import annotations

import msgspec

from microblog_core.plugins.settings import Secret


class RedisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.redis]`. Without a `url` processes share nothing through Redis."""

    url: Secret = Secret("")
    """The address of Redis, with its password. The broker for jobs has one of its own (`jobs.broker`)."""
    bus: bool = True
    """Whether processes tell one another of events and of what is stale."""
    limits: bool = True
    """Whether processes count rate limits together."""
    prefix: str = "microblog"
    """What every key and channel begins with: give each installation that shares a Redis its own."""
