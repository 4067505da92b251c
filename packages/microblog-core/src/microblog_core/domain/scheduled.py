"""Scheduled posts: what waits for its time. Moments are Unix milliseconds."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Invalid

AHEAD_MIN = 5 * 60 * 1000
"""How far ahead, in milliseconds, a post must be scheduled."""
AHEAD_MAX = 2 * 365 * 24 * 3600 * 1000
TOTAL_MAX = 300
"""How many posts of one account may wait."""
DAY_MAX = 25
"""How many of them for one day (UTC)."""


class ScheduledPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits. `params` is the command to publish it, as JSON. An `error` says why it could not be
    published at its time; it then waits for its author.
    """

    id: int
    account_id: int
    scheduled_at: int
    params: str
    error: str = ""
    created_at: int


def check_scheduled_at(scheduled_at: int, now: int) -> int:
    """Return the moment; raises `Invalid` with the field `scheduled_at` for one that is too near or far."""
    if scheduled_at < now + AHEAD_MIN:
        raise Invalid(
            fields={"scheduled_at": f"Choose a time at least {AHEAD_MIN // 60_000} minutes from now."}
        )
    if scheduled_at > now + AHEAD_MAX:
        raise Invalid(fields={"scheduled_at": "Choose a time within two years."})
    return scheduled_at
