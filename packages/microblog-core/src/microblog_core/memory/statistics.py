"""Statistics of the storage in memory: the reference, which looks at everything each time it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from msgspec.structs import replace

from microblog_core.domain.accounts import LOCAL
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post
from microblog_core.domain.statistics import (
    MONTH_DAYS,
    WEEK_DAYS,
    Counted,
    DayFigures,
    StaleSlot,
    TagFigure,
    Windows,
    top_tags,
)
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.tables import Pair, Relation, Table, Tables
from microblog_core.memory.visibility import in_tag

R = TypeVar("R", bound=Relation)


class StatisticsReads:
    """A `ports.statistics.StatisticsReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def begin(self) -> int | None:
        """The moment of the oldest account or post."""
        moments = [account.created_at for account in self._tables.accounts.rows.values()]
        return min([*moments, *(post.created_at for post in self._tables.posts.rows.values())], default=None)

    async def days(self, first: date, last: date) -> Sequence[DayFigures]:
        """The stored days, oldest first."""
        return [
            replace(stored.figures, windows_due=stored.version != stored.windows_version)
            for day, stored in sorted(self._tables.counted_days.rows.items())
            if first <= day <= last
        ]

    async def count(self, since: int, until: int) -> Counted:
        """What there is between two moments."""
        tables = self._tables
        published = [post for post in tables.posts.rows.values() if since <= post.created_at < until]
        shown = [post for post in published if post.visibility in OPEN_VISIBILITIES]
        favourites = _between(tables.favourites, since, until)
        follows = _between(tables.follows, since, until)
        log_ins = {account_id for at, account_id in tables.log_ins.rows if since <= at < until}
        boosts = sum(1 for post in shown if post.boost_of_id is not None)
        people = {post.account_id for post in published} | set(favourites) | set(follows) | log_ins
        return Counted(
            posts=len(shown) - boosts,
            boosts=boosts,
            favourites=len(favourites),
            follows=len(follows),
            sign_ups=sum(
                1
                for account in tables.accounts.rows.values()
                if account.domain == LOCAL and since <= account.created_at < until
            ),
            log_ins=len(log_ins),
            people=tuple(sorted(people)),
            tags=self._tags(published),
        )

    def _tags(self, posts: Sequence[Post]) -> tuple[TagFigure, ...]:
        shown = sight_of(self._tables, None)
        uses: dict[str, list[int]] = {}
        for post in posts:
            if in_tag(shown, post):
                for tag in dict.fromkeys(post.tags):
                    uses.setdefault(tag, []).append(post.account_id)
        return top_tags(TagFigure(tag, len(who), len(set(who))) for tag, who in uses.items())

    async def stale(self, limit: int) -> Sequence[StaleSlot]:
        """What is to be counted again, oldest first."""
        found = (
            StaleSlot(at, marks)
            for at, (marks, counted) in sorted(self._tables.stale_slots.rows.items())
            if marks != counted
        )
        return [slot for _, slot in zip(range(limit), found, strict=False)]

    async def windows(self, days: Sequence[date]) -> Sequence[Windows]:
        """Who was active on the days that end with each of these."""
        return [self._windows(day) for day in days]

    def _windows(self, day: date) -> Windows:
        stored = self._tables.counted_days.get(day)
        week = self._active(day - timedelta(days=WEEK_DAYS - 1), day)
        month = self._active(day - timedelta(days=MONTH_DAYS - 1), day)
        return Windows(day, 0 if stored is None else stored.version, week, month)

    async def active(self, first: date, last: date) -> int:
        """Who was active on any of these days."""
        return self._active(first, last)

    def _active(self, first: date, last: date) -> int:
        days = (row.people for day, row in self._tables.counted_days.rows.items() if first <= day <= last)
        return len(frozenset[int]().union(*days))


def _between(table: Table[Pair, R], since: int, until: int) -> list[int]:
    """Who did what these relations say between two moments."""
    return [pair[0] for pair, relation in table.rows.items() if since <= relation.created_at < until]
