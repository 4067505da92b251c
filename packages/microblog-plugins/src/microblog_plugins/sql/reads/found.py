"""Posts of timelines that are found on reading: those of everybody followed, of the authors that are pulled,
or of the people on a list.

Each author's posts are in an index, newest first, and a page is the merge of all their beginnings. SQLite
merges lazily: a recursive query with an order is a priority queue, from which the newest post comes out and
the same author's next one goes in, so that a page costs one step for each author and each post looked at.
PostgreSQL takes a page of each author.
"""

from __future__ import annotations

import functools

from microblog_core.domain.lists import RepliesPolicy
from microblog_core.domain.timelines import HomeSource
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, within
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.visibility import entry_found

SHOWN = "e.id = COALESCE(p.boost_of_id, p.id) AND a.id = e.account_id"
"""What joins the line `p` of a listing with the post `e` that it shows and that post's author `a`."""

_ENTRY = "posts e CROSS JOIN accounts a"

FoundSource = HomeSource | RepliesPolicy
"""A home timeline, or the timeline of the list `:list`, which has this policy."""

FEW_PULLED = 100
"""With up to so many pulled authors a reader's are found among them; with more, among all followed."""


@functools.cache
def _pulled_authors(dialect: Dialect) -> str:
    """The authors whose posts are merged into the home timeline: the shorter way to them is taken."""
    pulled = f"FROM accounts x{dialect.indexed('accounts_pulled')} WHERE x.pulled"
    few = f"(SELECT COUNT(*) FROM (SELECT 1 {pulled} LIMIT {FEW_PULLED + 1}) AS counted) <= {FEW_PULLED}"
    followed = exists("follows f", "f.follower_id = :viewer AND f.followee_id = x.id")
    return (
        f"(SELECT x.id AS id {pulled} AND {few} AND (x.id = :viewer OR {followed})"
        " UNION ALL SELECT f.followee_id FROM follows f CROSS JOIN accounts x"
        f" WHERE NOT {few} AND f.follower_id = :viewer AND x.id = f.followee_id AND x.pulled"
        f" UNION ALL SELECT x.id FROM accounts x WHERE NOT {few} AND x.id = :viewer AND x.pulled) AS s"
    )


@functools.cache
def _authors(dialect: Dialect, source: FoundSource) -> tuple[str, str, str]:
    """Whose posts are found on reading: a table `s` of ids, and the index and condition of the posts."""
    if isinstance(source, RepliesPolicy):
        return "(SELECT account_id AS id FROM list_members WHERE list_id = :list) AS s", "posts_account", ""
    if source is HomeSource.ROWS:
        return _pulled_authors(dialect), "posts_account_pulled", " AND p.delivery = 'pulled'"
    followed = "SELECT followee_id AS id FROM follows WHERE follower_id = :viewer"
    return f"({followed} UNION ALL SELECT CAST(:viewer AS BIGINT)) AS s", "posts_account", ""


@functools.cache
def all_found(dialect: Dialect, source: FoundSource) -> Source:
    """All posts that are found on reading, unordered: enough to ask whether there are any."""
    authors, index, only = _authors(dialect, source)
    return Source(
        "p.id",
        f"{authors} CROSS JOIN posts p{dialect.indexed(index)} CROSS JOIN {_ENTRY}"
        f" WHERE p.account_id = s.id{only} AND {SHOWN} AND {entry_found(source)}",
        "p.id",
        ordered=False,
    )


@functools.cache
def page_found(dialect: Dialect, source: FoundSource, ascending: bool) -> str:
    """A page of what is found on reading, with the parameters of `paging.within`."""
    if dialect.has_priority_queue:
        return _merged_lazily(dialect, source, ascending)
    return _merged_from_pages(dialect, source, ascending)


def _merged_lazily(dialect: Dialect, source: FoundSource, ascending: bool) -> str:
    authors, index, only = _authors(dialect, source)
    extreme, order = ("MIN", "ASC") if ascending else ("MAX", "DESC")
    low, high = (":since_id", ":max_id")
    after_low, after_high = ("feed.id", high) if ascending else (low, "feed.id")

    def next_of(author: str, low: str, high: str) -> str:
        """The author's next post between two ids."""
        return (
            f"(SELECT {extreme}(p.id) FROM posts p{dialect.indexed(index)}"
            f" WHERE p.account_id = {author}{only} AND p.id > {low} AND p.id < {high})"
        )

    # Without a LIMIT SQLite would hold the order of the queue to be of no use.
    return (
        f"WITH RECURSIVE feed(id, author) AS (SELECT {next_of('s.id', low, high)}, s.id FROM {authors}"
        f" UNION ALL SELECT {next_of('feed.author', after_low, after_high)}, feed.author"
        f" FROM feed WHERE feed.id IS NOT NULL ORDER BY 1 {order} LIMIT -1)"
        f" SELECT {entry_columns(True)} FROM feed CROSS JOIN posts p CROSS JOIN {_ENTRY}"
        f" WHERE p.id = feed.id AND {SHOWN} AND {entry_found(source)} LIMIT :limit"
    )


def _merged_from_pages(dialect: Dialect, source: FoundSource, ascending: bool) -> str:
    authors, _, only = _authors(dialect, source)
    order = "ASC" if ascending else "DESC"
    newest = (
        f"SELECT p.id FROM posts p CROSS JOIN {_ENTRY}"
        f" WHERE p.account_id = s.id{only} AND {SHOWN} AND {entry_found(source)}"
        f" AND {within('p.id', ascending)}"
    )
    return (
        f"SELECT {entry_columns(True)} FROM ("
        f"SELECT top.id AS id FROM {authors} CROSS JOIN LATERAL ({newest}) AS top"
        f" ORDER BY top.id {order} LIMIT :limit"
        f") AS c CROSS JOIN posts p CROSS JOIN {_ENTRY} WHERE p.id = c.id AND {SHOWN} ORDER BY p.id {order}"
    )
