"""Figures of days, and counting them: ranges of indexes, as long as the day was busy.

Counting shows no post, so it asks no predicate, but for the hashtags: those are of what everybody sees.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date

import msgspec

from microblog_core.domain.statistics import (
    ID_SLACK,
    MONTH_DAYS,
    TOP_TAGS,
    WEEK_DAYS,
    Counted,
    DayFigures,
    StaleSlot,
    TagFigure,
    Windows,
    day_from,
    day_number,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import post_public
from microblog_plugins.sql.writes.statistics import COUNTS, PEOPLE

_BEGIN = (
    "SELECT MIN(id / 65536) FROM ("
    "SELECT * FROM (SELECT id FROM accounts ORDER BY id LIMIT 1) AS account"
    " UNION ALL SELECT * FROM (SELECT id FROM posts ORDER BY id LIMIT 1) AS post) AS oldest"
)
_DAYS = (
    f"SELECT day, since, until, computed_at, {', '.join(COUNTS)}, {', '.join(PEOPLE)}, tags,"
    " version <> windows_version FROM statistics_days WHERE day BETWEEN :first AND :last ORDER BY day"
)
_FIELDS = ("since", "until", "computed_at", *COUNTS, *PEOPLE)
_BY_ID = "{0}.id >= :low AND {0}.id < :high AND {0}.created_at >= :since AND {0}.created_at < :until"
_POSTS = (
    "SELECT p.account_id, SUM(CASE WHEN p.visibility IN ('public', 'unlisted') AND p.boost_of_id IS NULL"
    " THEN 1 ELSE 0 END), SUM(CASE WHEN p.visibility IN ('public', 'unlisted') AND p.boost_of_id IS NOT"
    " NULL THEN 1 ELSE 0 END)"
    f" FROM posts p WHERE {_BY_ID.format('p')} GROUP BY p.account_id"
)
_FAVOURITES = (
    "SELECT account_id, COUNT(*) FROM favourites WHERE created_at >= :since AND created_at < :until"
    " GROUP BY account_id"
)
_FOLLOWS = (
    "SELECT follower_id, COUNT(*) FROM follows WHERE created_at >= :since AND created_at < :until"
    " GROUP BY follower_id"
)
_SIGN_UPS = f"SELECT COUNT(*) FROM accounts a WHERE a.domain = '' AND {_BY_ID.format('a')}"
_LOG_INS = "SELECT DISTINCT account_id FROM log_ins WHERE slot >= :since AND slot < :until"
_STALE = "SELECT slot, marks FROM statistics_stale WHERE marks <> counted ORDER BY slot LIMIT :limit"
_ACTIVE = "SELECT COUNT(DISTINCT account_id) FROM statistics_people WHERE day BETWEEN :first AND :last"
_VERSION = "SELECT version FROM statistics_days WHERE day = :day"


@functools.cache
def _tags(dialect: Dialect) -> str:
    return (
        "SELECT t.tag, COUNT(*), COUNT(DISTINCT p.account_id)"
        " FROM posts p CROSS JOIN post_tags t CROSS JOIN accounts a"
        f" WHERE {_BY_ID.format('p')} AND p.boost_of_id IS NULL AND p.visibility = 'public'"
        f" AND t.post_id = p.id AND a.id = p.account_id AND {post_public('p', 'a', False)}"
        f" GROUP BY t.tag ORDER BY 3 DESC, 2 DESC, {dialect.bytewise('t.tag')} LIMIT {TOP_TAGS}"
    )


class Statistics(Reader):
    """The contract's `StatisticsReader`."""

    @reads
    def begin(self) -> Steps[int | None]:
        """The moment of the oldest account or post."""
        rows = yield _BEGIN, {}
        return None if rows[0][0] is None else int(rows[0][0])

    @reads
    def days(self, first: date, last: date) -> Steps[Sequence[DayFigures]]:
        """The stored days, oldest first."""
        rows = yield _DAYS, {"first": day_number(first), "last": day_number(last)}
        return [
            DayFigures(
                day=day_from(row[0]),
                tags=msgspec.json.decode(row[-2], type=tuple[TagFigure, ...]),
                windows_due=bool(row[-1]),
                **dict(zip(_FIELDS, row[1:-2], strict=True)),
            )
            for row in rows
        ]

    @reads
    def count(self, since: int, until: int) -> Steps[Counted]:
        """What there is between two moments."""
        values = {
            "since": since,
            "until": until,
            "low": (since - ID_SLACK) << 16,
            "high": (until + ID_SLACK) << 16,
        }
        authors = yield _POSTS, values
        favourites = yield _FAVOURITES, values
        follows = yield _FOLLOWS, values
        sign_ups = yield _SIGN_UPS, values
        log_ins = yield _LOG_INS, values
        tags = yield _tags(self._dialect), values
        active = {row[0] for rows in (authors, favourites, follows, log_ins) for row in rows}
        return Counted(
            posts=sum(int(row[1]) for row in authors),
            boosts=sum(int(row[2]) for row in authors),
            favourites=sum(row[1] for row in favourites),
            follows=sum(row[1] for row in follows),
            sign_ups=sign_ups[0][0],
            log_ins=len(log_ins),
            people=tuple(sorted(active)),
            tags=tuple(TagFigure(*row) for row in tags),
        )

    @reads
    def stale(self, limit: int) -> Steps[Sequence[StaleSlot]]:
        """What is to be counted again, oldest first."""
        return [StaleSlot(*row) for row in (yield _STALE, {"limit": limit})]

    @reads
    def windows(self, days: Sequence[date]) -> Steps[Sequence[Windows]]:
        """Who was active on the days that end with each of these: three statements for each."""
        found = []
        for day in days:
            last = day_number(day)
            # The version first: who is counted in between makes the windows due again.
            version = yield _VERSION, {"day": last}
            week = yield _ACTIVE, {"first": last - WEEK_DAYS + 1, "last": last}
            month = yield _ACTIVE, {"first": last - MONTH_DAYS + 1, "last": last}
            found.append(Windows(day, version[0][0] if version else 0, week[0][0], month[0][0]))
        return found

    @reads
    def active(self, first: date, last: date) -> Steps[int]:
        """Who was active on any of these days."""
        rows = yield _ACTIVE, {"first": day_number(first), "last": day_number(last)}
        return int(rows[0][0])
