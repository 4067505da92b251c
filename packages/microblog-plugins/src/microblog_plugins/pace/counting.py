"""Counting posts: a `PostGuard` that counts through the site's limiter, together with the other processes
where they share one.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from microblog_core.domain.errors import RateLimited
from microblog_core.ports.content import Draft
from microblog_core.ports.limits import RateLimiter
from microblog_plugins.pace.settings import Pace, PaceSettings

HOUR = 3600 * 1000
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 24 * 3600


class KeepPace:
    """Refuses posts beyond what the author may write; `now` gives Unix milliseconds.

    Windows begin with the first post in them. What is refused does not count, and no post is counted that is
    not valid.
    """

    def __init__(
        self, settings: PaceSettings, limiter: Callable[[], RateLimiter], now: Callable[[], int]
    ) -> None:
        self._settings, self._limiter, self._now = settings, limiter, now

    @asynccontextmanager
    async def admit(self, draft: Draft) -> AsyncGenerator[None]:
        """Before storing a post. Raises `RateLimited`, with when it may be tried again."""
        pace = self.pace_of(draft)
        await self._count(draft, MINUTE_SECONDS, pace.per_minute)
        await self._count(draft, HOUR_SECONDS, pace.per_hour)
        await self._count(draft, DAY_SECONDS, pace.per_day)
        yield

    def pace_of(self, draft: Draft) -> Pace:
        """What holds for the author: their role's, else that of newcomers while they are new, else
        everybody's.
        """
        settings, author = self._settings, draft.author
        if author.role.value in settings.roles:
            return settings.roles[author.role.value]
        newcomers = settings.newcomers
        if newcomers is not None and self._now() < author.created_at + newcomers.hours * HOUR:
            return newcomers
        return settings

    async def _count(self, draft: Draft, seconds: int, limit: int) -> None:
        if not limit:
            return
        key = f"pace:{seconds}:{draft.author.id}"
        quota = await self._limiter().count(key, limit=limit, per=seconds)
        if quota.exceeded:
            raise _refusal(seconds, limit, max(0.001, (quota.resets_at - self._now()) / 1000))


def _refusal(seconds: int, limit: int, wait: float) -> RateLimited:
    if seconds == MINUTE_SECONDS:
        text = f"Posts in a minute: at most {limit}. Wait for {math.ceil(wait)} s."
    elif seconds == HOUR_SECONDS:
        text = f"Posts in an hour: at most {limit}. Wait for {math.ceil(wait / 60)} min."
    else:
        text = f"Posts in a day: at most {limit}. Wait for {math.ceil(wait / 3600)} h."
    return RateLimited(text, retry_after=wait)
