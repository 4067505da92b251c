"""Rate limits that all processes count together: one script for each count, so that nothing comes between.

Keys are digests: addresses of people and networks are not in Redis. Each script uses one key, so that any
node of a cluster will do.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from microblog_core.domain.errors import RateLimited, Unavailable
from microblog_core.patterns.admission import Breaker
from microblog_core.patterns.resilience import Guard
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.clock import Clock
from microblog_core.ports.limits import Quota, RateLimiter
from microblog_core.ports.observing import CallObserver

ANSWER_SECONDS = 0.5
"""A request waits no longer for its count."""
REST_SECONDS = 5.0
FAILURES = 3

SLIDE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, span = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
  local first = redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')
  return math.max(1, first[2] + span - now)
end
redis.call('ZADD', KEYS[1], now, now .. ':' .. ARGV[3])
if redis.call('PTTL', KEYS[1]) < span then redis.call('PEXPIRE', KEYS[1], span) end
return 0
"""
"""An exact sliding window: 0, or in how many milliseconds one more is allowed."""

COUNT = """
local limit, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left <= 0 or left > span then
  redis.call('SET', KEYS[1], 0, 'PX', span)
  left = span
end
local count = tonumber(redis.call('GET', KEYS[1]))
if count >= limit then return {count, left, 1} end
return {redis.call('INCR', KEYS[1]), left, 0}
"""
"""A plain counter: how many, milliseconds until it begins anew, whether this was one too many."""


class RedisRateLimiter:
    """A `ports.limits.RateLimiter` around that of the process, which counts while Redis is away."""

    def __init__(
        self,
        inner: RateLimiter,
        client: Lazy[Any],
        *,
        prefix: str,
        clock: Clock,
        seen_by: CallObserver | None = None,
        rest: float = REST_SECONDS,
        answer: float = ANSWER_SECONDS,
    ) -> None:
        """`prefix` begins the keys. A server that takes longer than `answer` seconds has failed; one that did
        is asked again after `rest` seconds.
        """
        self._inner = inner
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._guard = Guard(
            "Redis",
            timeout=answer,
            breaker=Breaker(failures=FAILURES, open_for=rest),
            seen_by=seen_by,
            label="redis.limits",
        )

    async def hit(self, key: str, *, limit: int, per: float) -> None:
        """Count one; raises `RateLimited` when `limit` were counted in the last `per` seconds already."""
        if limit < 1:
            raise _refusal(per)
        arguments = (limit, round(per * 1000), secrets.token_hex(4))
        try:
            wait = await self._guard.call(self._run, SLIDE, self._key("hit", key), arguments)
        except (RedisError, OSError, Unavailable):
            await self._inner.hit(key, limit=limit, per=per)
            return
        if wait:
            raise _refusal(wait / 1000)

    async def count(self, key: str, *, limit: int, per: float) -> Quota:
        """Count one of `limit` in a window of `per` seconds that began with the first one."""
        arguments = (limit, round(per * 1000))
        try:
            found = await self._guard.call(self._run, COUNT, self._key("count", key), arguments)
        except (RedisError, OSError, Unavailable):
            return await self._inner.count(key, limit=limit, per=per)
        count, left, exceeded = found
        return Quota(limit, max(0, limit - count), self._clock.now() + left, exceeded=bool(exceeded))

    async def forget(self, key: str) -> None:
        """Start anew."""
        await self._inner.forget(key)
        try:
            await self._guard.call(self._delete, key)
        except (RedisError, OSError, Unavailable):
            # What is not forgotten ends by itself.
            return

    async def _delete(self, key: str) -> None:
        client = await self._client.get()
        for kind in ("hit", "count"):
            await client.delete(self._key(kind, key))

    async def _run(self, script: str, key: str, arguments: Sequence[object]) -> Any:
        client = await self._client.get()
        try:
            return await client.evalsha(_digest_of(script), 1, key, *arguments)
        except NoScriptError:
            return await client.eval(script, 1, key, *arguments)

    def _key(self, kind: str, key: str) -> str:
        return f"{self._prefix}:{kind}:{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"


@functools.cache
def _digest_of(script: str) -> str:
    """How Redis names a script."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def _refusal(wait: float) -> RateLimited:
    return RateLimited("This was done too often.", retry_after=wait, hint="Wait a little, then try again.")
