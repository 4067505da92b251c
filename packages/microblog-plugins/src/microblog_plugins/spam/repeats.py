"""The same text again by the same person: a `PostGuard` that remembers through the site's limiter, so that
all processes know where they share one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.words import words_of
from microblog_core.ports.content import Draft
from microblog_core.ports.limits import RateLimiter
from microblog_plugins.spam.rules import is_trusted

SHORT = 4
"""Texts of fewer words, without a link, may be said again: thank you."""


class NoRepeats:
    """Refuses what its author wrote within the last `seconds`; case, accents and marks make no difference."""

    def __init__(self, seconds: float, limiter: Callable[[], RateLimiter]) -> None:
        self._seconds, self._limiter = seconds, limiter

    @asynccontextmanager
    async def admit(self, draft: Draft) -> AsyncGenerator[None]:
        """Around storing a post; where it isn't stored it may be tried again at once. Raises `Invalid`."""
        words = words_of(draft.text)
        if is_trusted(draft) or (len(words) < SHORT and not draft.links):
            yield
            return
        limiter, key = self._limiter(), _key(draft, words)
        try:
            await limiter.hit(key, limit=1, per=self._seconds)
        except RateLimited as limited:
            wait = math.ceil(limited.retry_after)
            text = f"You wrote the same a short while ago. Write something else, or wait for {wait} s."
            raise Invalid(fields={"text": text}) from limited
        try:
            yield
        except Exception:
            await limiter.forget(key)
            raise


def _key(draft: Draft, words: list[str]) -> str:
    told = "\n".join((" ".join(words), *draft.links))
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"spam.repeats:{draft.author.id}:{digest}"
