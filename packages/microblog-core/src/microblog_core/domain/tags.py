"""Hashtags as they are used: by day, by how many people, and what trends.

A day is a day in UTC, counted from 1970. Only public posts by people who aren't silenced, suspended or
deleted count.
"""

from __future__ import annotations

import math

import msgspec

DAY = 24 * 3600 * 1000
HISTORY_DAYS = 7
TREND_PEOPLE = 2
"""How many people must have used a hashtag in the days of its history before it may trend."""
HEAT_HALF_LIFE = 12 * 3600 * 1000
"""Milliseconds in which a post that nobody reacts to any more loses half of its weight."""
HEAT_WINDOW = 48 * 3600 * 1000
"""How old, in milliseconds, a trending post may be."""


class TagDay(msgspec.Struct, frozen=True):
    """One day of a hashtag: `day` is the day's beginning in Unix milliseconds, `uses` posts by `accounts`
    people.
    """

    day: int
    uses: int
    accounts: int


class Hashtag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag (case folded, without #) with its last seven days, newest first."""

    name: str
    history: tuple[TagDay, ...] = ()


def day_of(milliseconds: int) -> int:
    """The number of the day of a moment (Unix milliseconds)."""
    return milliseconds // DAY


def history_of(counts: dict[int, tuple[int, int]], now: int) -> tuple[TagDay, ...]:
    """The last seven days, newest first, of (uses, accounts) by the day's number; `now` is Unix
    milliseconds.
    """
    today = day_of(now)
    return tuple(
        TagDay(day=day * DAY, uses=uses, accounts=accounts)
        for day in range(today, today - HISTORY_DAYS, -1)
        for uses, accounts in (counts.get(day, (0, 0)),)
    )


def tag_weight(history: tuple[TagDay, ...]) -> float:
    """How much a hashtag trends: people of the newest day, half of those of the day before, and so on."""
    return sum(day.accounts / 2.0**age for age, day in enumerate(history))


def may_trend(history: tuple[TagDay, ...]) -> bool:
    """Whether enough people used it."""
    return sum(day.accounts for day in history) >= TREND_PEOPLE


def heat_of(reactions: int, created_at: int) -> float:
    """How much a post trends: the logarithm of its favourites and boosts, plus its half-lives since 1970.

    Between two posts the order is that of reactions halved with each half-life, at any time: so it is stored
    with the post and need not be counted anew.
    """
    return math.log2(reactions) + created_at / HEAT_HALF_LIFE
