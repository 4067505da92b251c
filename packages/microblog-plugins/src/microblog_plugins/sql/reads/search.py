"""Search: posts by their words, hashtags by their beginning.

Posts are found newest first. What the index finds is shown or not row by row, and at most `SCANNED` of them
are looked at. SQLite's index gives them in that order; PostgreSQL's doesn't, so the newest posts are looked
through first, which finds words that are frequent, and the index is asked for the others.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from microblog_core.domain.posts import Entry
from microblog_core.domain.search import PostSearch, Term, author_word
from microblog_core.domain.tags import HISTORY_DAYS, Hashtag, day_of
from microblog_core.domain.timelines import Page
from microblog_core.ports.search import SCANNED
from microblog_plugins.sql.dialect import beyond, exists
from microblog_plugins.sql.paging import ascends, bounds, within
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.reads.trends import hashtags_of
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_found

NEWEST = 3000
"""How many of the newest posts PostgreSQL looks through before it asks the index."""
INDEXED = 50_000
"""How many of its finds PostgreSQL's index brings to be put into order: a word that more posts hold is
frequent enough to be among the newest.
"""


def fts5_query(search: PostSearch) -> str:
    """The words as FTS5 reads them. They hold nothing but letters, digits and marks."""
    wanted = " AND ".join(_phrase(term) for term in _wanted(search))
    unwanted = " OR ".join(_phrase(term) for term in search.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.prefix else ""}'


def tsquery(search: PostSearch) -> str:
    """The words as PostgreSQL reads a `tsquery`."""
    wanted = [_followed(term) for term in _wanted(search)]
    return " & ".join([*wanted, *(f"!({_followed(term)})" for term in search.unwanted)])


def _followed(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    return f"({' <-> '.join(words)}{':*' if term.prefix else ''})"


def _wanted(search: PostSearch) -> Sequence[Term]:
    if search.author_id is None:
        return search.wanted
    return (*search.wanted, Term((author_word(search.author_id),)))


def _followed_only(following: bool) -> str:
    followed = exists("follows w", "w.follower_id = :viewer AND w.followee_id = p.account_id")
    return f" AND {followed}" if following else ""


@functools.cache
def _by_fts5(following: bool, viewer: bool, ascending: bool) -> str:
    """The index gives rows in their order, lazily; the last one looked at is found without looking at any."""
    order, edge, far = ("ASC", "<=", "9223372036854775807") if ascending else ("DESC", ">=", "0")
    last = (
        "SELECT x.rowid FROM post_search x WHERE x.words MATCH :words AND x.rowid < :max_id"
        f" AND x.rowid > :since_id ORDER BY x.rowid {order} LIMIT 1 OFFSET :scanned"
    )
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')}"
        " FROM post_search s CROSS JOIN posts p CROSS JOIN accounts a"
        f" WHERE s.words MATCH :words AND s.rowid {edge} COALESCE(({last}), {far}) AND p.id = s.rowid"
        f" AND a.id = p.account_id AND {post_found('p', 'a', viewer)}{_followed_only(following)}"
        f" AND {within('s.rowid', ascending)} OFFSET :offset"
    )


@functools.cache
def _by_vector(following: bool, viewer: bool, ascending: bool, indexed: bool) -> str:
    order = "ASC" if ascending else "DESC"
    inside = "w.id < :max_id AND w.id > :since_id"
    asked = "CAST(CAST(:words AS TEXT) AS TSQUERY)"
    if indexed:
        # Without the sums the bounds would look like the shorter way, which they are not without a page.
        inside = inside.replace("w.id", "w.id + 0")
        inner = f"SELECT w.id FROM post_words w WHERE w.words @@ {asked} AND {inside} LIMIT {INDEXED}"
    else:
        newest = f"SELECT w.id, w.words FROM post_words w WHERE {inside} ORDER BY w.id {order} LIMIT {NEWEST}"
        inner = f"SELECT n.id FROM ({newest}) AS n WHERE n.words @@ {asked}"
    found = f"SELECT f.id FROM ({inner}) AS f ORDER BY f.id {order} LIMIT :scanned"
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM ({found}) AS s CROSS JOIN posts p"
        f" CROSS JOIN accounts a WHERE p.id = s.id AND a.id = p.account_id"
        f" AND {post_found('p', 'a', viewer)}{_followed_only(following)}"
        f" ORDER BY p.id {order} LIMIT :limit OFFSET :offset"
    )


_TAGS = (
    "SELECT h.name, COALESCE((SELECT SUM(d.uses) FROM tag_days d"
    " WHERE d.tag = h.name AND d.day > :since AND d.day <= :today), 0) AS uses"
    " FROM (SELECT name FROM hashtags WHERE name >= :low AND name < :high ORDER BY name LIMIT :scanned) AS h"
    " ORDER BY 2 DESC, 1 LIMIT :limit OFFSET :offset"
)


class Search(Reader):
    """The contract's `SearchReader`."""

    @reads
    def posts(
        self, viewer: int | None, search: PostSearch, page: Page, offset: int = 0
    ) -> Steps[Sequence[Entry]]:
        """Posts that hold the words, newest first."""
        if not _wanted(search) or (search.following and viewer is None):
            return ()
        parameters = bounds(page) | {
            "viewer": viewer,
            "limit": page.limit,
            "offset": offset,
            "scanned": SCANNED,
            "words": fts5_query(search) if self._dialect.has_fts5 else tsquery(search),
        }
        rows = list((yield from self._posts(search, viewer is not None, ascends(page), parameters)))
        if ascends(page):
            rows.reverse()
        return (yield from entries_of(self._kept, viewer, rows))

    def _posts(
        self, search: PostSearch, viewer: bool, ascending: bool, parameters: dict[str, Any]
    ) -> Steps[Sequence[Row]]:
        if self._dialect.has_fts5:
            return (yield _by_fts5(search.following, viewer, ascending), parameters)
        rows = yield _by_vector(search.following, viewer, ascending, False), parameters
        if len(rows) < parameters["limit"]:
            rows = yield _by_vector(search.following, viewer, ascending, True), parameters
        return rows

    @reads
    def tags(self, prefix: str, now: int, *, limit: int, offset: int = 0) -> Steps[Sequence[Hashtag]]:
        """Hashtags that begin so, the most used first."""
        parameters = {
            "low": prefix,
            "high": beyond(prefix),
            "today": day_of(now),
            "since": day_of(now) - HISTORY_DAYS,
            "scanned": SCANNED,
            "limit": limit,
            "offset": offset,
        }
        rows = yield _TAGS, parameters
        return (yield from hashtags_of(self._dialect, [row[0] for row in rows], now))
