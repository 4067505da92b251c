"""What is used most in the last days. Candidates come from indexes in their order, a fixed number of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.posts import Entry
from microblog_core.domain.tags import (
    HEAT_WINDOW,
    HISTORY_DAYS,
    Hashtag,
    day_of,
    history_of,
    may_trend,
    tag_weight,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import post_public

TAGS_A_DAY = 50
"""How many of each day's most used hashtags may trend."""
POSTS_LOOKED_AT = 500
"""How many of the posts with the most reactions are looked at, to find those that are shown."""


@functools.cache
def _days(dialect: Dialect) -> str:
    return (
        "SELECT d.tag, d.day, d.uses, d.accounts FROM tag_days d"
        f" WHERE {dialect.among_texts('d.tag', 'tags')} AND d.day > :since AND d.day <= :today"
    )


@functools.cache
def _most_used() -> str:
    """The most used hashtags of each of the last days."""
    days = [
        f"SELECT tag FROM (SELECT d.tag AS tag FROM tag_days d WHERE d.day = :today - {age}"
        f" ORDER BY d.accounts DESC LIMIT {TAGS_A_DAY}) AS day{age}"
        for age in range(HISTORY_DAYS)
    ]
    return " UNION ".join(days)


def hashtags_of(dialect: Dialect, names: Sequence[str], now: int) -> Steps[list[Hashtag]]:
    """These hashtags with their history, in their order."""
    if not names:
        return []
    today = day_of(now)
    parameters = {"tags": dialect.texts(names), "since": today - HISTORY_DAYS, "today": today}
    counts: dict[str, dict[int, tuple[int, int]]] = {}
    for tag, day, uses, accounts in (yield _days(dialect), parameters):
        counts.setdefault(tag, {})[day] = (uses, accounts)
    return [Hashtag(name=name, history=history_of(counts.get(name, {}), now)) for name in names]


@functools.cache
def _hot(viewer: bool) -> str:
    """The hottest posts by their index; the join takes them in that order, and so does the caller."""
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM (SELECT h.post_id AS id, h.heat AS heat"
        " FROM post_heat h ORDER BY h.heat DESC, h.post_id DESC LIMIT :scanned) AS s"
        " CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE p.id = s.id AND p.created_at > :since AND p.visibility = 'public' AND a.id = p.account_id"
        f" AND {post_public('p', 'a', viewer)} ORDER BY s.heat DESC, s.id DESC LIMIT :limit OFFSET :offset"
    )


class Trends(Reader):
    """The contract's `TrendReader`."""

    @reads
    def tags(self, now: int, *, limit: int, offset: int = 0) -> Steps[Sequence[Hashtag]]:
        """Hashtags that trend."""
        names = [row[0] for row in (yield _most_used(), {"today": day_of(now)})]
        found = yield from hashtags_of(self._dialect, names, now)
        found = [tag for tag in found if may_trend(tag.history)]
        found.sort(key=lambda tag: (-tag_weight(tag.history), tag.name))
        return found[offset : offset + limit]

    @reads
    def posts(self, viewer: int | None, now: int, *, limit: int, offset: int = 0) -> Steps[Sequence[Entry]]:
        """Posts that trend."""
        parameters = {
            "viewer": viewer,
            "since": now - HEAT_WINDOW,
            "scanned": POSTS_LOOKED_AT,
            "limit": limit,
            "offset": offset,
        }
        rows = yield _hot(viewer is not None), parameters
        return (yield from entries_of(self._kept, viewer, rows))
