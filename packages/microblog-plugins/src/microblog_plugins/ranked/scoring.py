"""What a post is worth to a reader: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp2, log1p

from microblog_core.domain.posts import Entry
from microblog_plugins.ranked.settings import RankedSettings

MINUTE, HOUR = 60 * 1000, 3600 * 1000


def score(entry: Entry, interactions: int, now: int, weights: RankedSettings) -> float:
    """How much an entry matters at `now` (Unix milliseconds) to somebody who had to do with its author so
    often.

    Its recency, which halves every `half_life_hours`, times one plus what others made of it plus closeness.
    Both grow by the logarithm: the tenth favourite counts less than the first. A boost is as recent as the
    boost.
    """
    post = entry.post
    age = max(0, now - moment_of(entry)) / HOUR
    made_of_it = (
        weights.favourites * post.favourites_count
        + weights.boosts * post.boosts_count
        + weights.replies * post.replies_count
    )
    recency = exp2(-age / weights.half_life_hours)
    return recency * (1 + log1p(made_of_it) + weights.closeness * log1p(interactions))


def moment_of(entry: Entry) -> int:
    """When an entry came into timelines (Unix milliseconds)."""
    return entry.post.created_at if entry.boosted_at is None else entry.boosted_at


def ranked(
    entries: Iterable[Entry], closeness: Mapping[int, int], now: int, weights: RankedSettings
) -> list[Entry]:
    """The entries in order, each post once: the fresh ones by time, then by score, the newer first where that
    is the same.
    """
    fresh_since = now - weights.fresh_minutes * MINUTE

    def place(entry: Entry) -> tuple[bool, float, int]:
        if moment_of(entry) > fresh_since:
            return True, moment_of(entry), entry.id
        near = closeness.get(entry.author.id, 0)
        if entry.boosted_by is not None:
            near += closeness.get(entry.boosted_by.id, 0)
        return False, score(entry, near, now, weights), entry.id

    best: dict[int, Entry] = {}
    for entry in sorted(entries, key=place, reverse=True):
        best.setdefault(entry.post.id, entry)
    return list(best.values())
