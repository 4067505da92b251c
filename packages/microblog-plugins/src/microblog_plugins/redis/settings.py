"""The settings of the plugin `redis`."""

from __future__ import annotations

import msgspec

from microblog_core.plugins.settings import Secret


class RedisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.redis]`. Without a `url` processes share nothing through Redis; the broker for jobs has a URL
    of its own (`jobs.broker`).

    With `bus` processes tell one another of events and of what is stale, with `limits` they count rate limits
    together. `prefix` begins every key and channel: give each installation that shares a Redis its own.
    """

    url: Secret = Secret("")
    bus: bool = True
    limits: bool = True
    prefix: str = "microblog"
