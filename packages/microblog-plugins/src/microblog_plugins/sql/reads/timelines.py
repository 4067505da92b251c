"""Listings of posts. A page takes a fixed number of statements: its rows, maybe what lies beyond its bounds,
and people named.

Home timelines are the hottest path of all. Home rows are a range of their primary key, and what is wanted of
them is decided row
by row on the way, so that the work is bound by the page and by what it leaves out.
"""

from __future__ import annotations

import functools
from typing import Any

from microblog_core.domain.accounts import username_key
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.storage import Profile
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, ascends, bounds, listed, page_statement, read_page, within
from microblog_plugins.sql.reads.entries import entry_page
from microblog_plugins.sql.reads.relations import relationship_columns, relationship_of
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns, entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, entry_home, entry_seen, post_public, state_shown

_SHOWN = "e.id = COALESCE(p.boost_of_id, p.id) AND a.id = e.account_id"


@functools.cache
def _public(dialect: Dialect, viewer: bool) -> Source:
    return Source(
        entry_columns(viewer, "p", "p"),
        f"posts p{dialect.indexed('posts_listed')} CROSS JOIN accounts a"
        f" WHERE p.listed AND a.id = p.account_id AND {post_public('p', 'a', viewer)}",
        "p.id",
    )


@functools.cache
def _tag(viewer: bool) -> Source:
    return Source(
        entry_columns(viewer, "p", "p"),
        "post_tags t CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE t.tag = :tag AND p.id = t.post_id AND a.id = p.account_id AND"
        f" {post_public('p', 'a', viewer)}",
        "t.post_id",
    )


@functools.cache
def _home_rows() -> Source:
    return Source(
        entry_columns(True),
        "home_rows h CROSS JOIN posts p CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE h.account_id = :viewer AND p.id = h.post_id AND {_SHOWN} AND {entry_home()}",
        "h.post_id",
    )


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
def _authors(dialect: Dialect, source: HomeSource) -> tuple[str, str, str]:
    """Whose posts are found on reading: a table `s` of ids, and the index and condition of the posts."""
    if source is HomeSource.ROWS:
        return _pulled_authors(dialect), "posts_account_pulled", "p.delivery = 'pulled'"
    followed = "SELECT followee_id AS id FROM follows WHERE follower_id = :viewer"
    return f"({followed} UNION ALL SELECT CAST(:viewer AS BIGINT)) AS s", "posts_account", "1 = 1"


@functools.cache
def _found(dialect: Dialect, source: HomeSource) -> Source:
    """All posts that are found on reading, unordered: enough to ask whether there are any."""
    authors, index, only = _authors(dialect, source)
    return Source(
        "p.id",
        f"{authors} CROSS JOIN posts p{dialect.indexed(index)} CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE p.account_id = s.id AND {only} AND {_SHOWN} AND {entry_home()}",
        "p.id",
        ordered=False,
    )


@functools.cache
def _newest_found(dialect: Dialect, source: HomeSource, ascending: bool) -> str:
    """A page of what is found on reading: each author's newest by index, then the newest of them all."""
    authors, index, only = _authors(dialect, source)
    order = "ASC" if ascending else "DESC"
    newest = (
        f"SELECT p.id FROM posts p{dialect.indexed(index)} CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE p.account_id = s.id AND {only} AND {_SHOWN} AND {entry_home()} AND"
        f" {within('p.id', ascending)}"
    )
    return (
        f"SELECT {entry_columns(True)} FROM ("
        f"SELECT top.id AS id FROM {dialect.top(authors, newest)} ORDER BY top.id {order} LIMIT :limit"
        f") AS c CROSS JOIN posts p CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE p.id = c.id AND {_SHOWN} ORDER BY p.id {order}"
    )


def _merged(left: list[Row], right: list[Row], page: Page) -> list[Row]:
    """Two reads of the same page as one: each holds the first `limit + 1` rows of its source."""
    if not right:
        return left
    rows = {row[0]: row for row in (*left, *right)}
    return [rows[key] for key in sorted(rows, reverse=not ascends(page))][: page.limit + 1]


@functools.cache
def _profile(viewer: bool) -> str:
    relation = f", {relationship_columns('a.id')}" if viewer else ""
    return (
        f"SELECT {columns(ACCOUNT, 'a')}{relation} FROM accounts a WHERE a.username_key = :name AND a.domain"
        " = :domain"
        f" AND {state_shown('a')} AND {account_shown('a', viewer)}"
    )


@functools.cache
def _posts_of(dialect: Dialect, viewer: bool, replies: bool) -> Source:
    index, only = ("posts_account", "") if replies else ("posts_account_own", " AND NOT p.answer")
    return Source(
        entry_columns(viewer),
        f"posts p{dialect.indexed(index)} CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE p.account_id = :account{only} AND {_SHOWN} AND {entry_seen(viewer)}",
        "p.id",
    )


class Timelines(Reader):
    """The contract's `TimelineReader`."""

    @reads
    def public(self, viewer: int | None, page: Page) -> Steps[Listing[Entry]]:
        """Public posts that are no boosts and no answers to others."""
        source = _public(self._dialect, viewer is not None)
        rows = yield from read_page(source, {"viewer": viewer}, page)
        return (yield from entry_page(self._dialect, viewer, rows))

    @reads
    def tag(self, viewer: int | None, tag: str, page: Page) -> Steps[Listing[Entry]]:
        """Public posts with this tag (case folded), answers included."""
        rows = yield from read_page(_tag(viewer is not None), {"viewer": viewer, "tag": tag}, page)
        return (yield from entry_page(self._dialect, viewer, rows))

    @reads
    def home(self, viewer: int, page: Page, source: HomeSource) -> Steps[Listing[Entry]]:
        """What the people that the viewer follows wrote and boosted, and the viewer's own."""
        parameters: dict[str, Any] = bounds(page) | {"viewer": viewer}
        sources: tuple[Source, ...] = (_found(self._dialect, source),)
        rows = yield _newest_found(self._dialect, source, ascends(page)), parameters
        if source is HomeSource.ROWS:
            sources = (_home_rows(), *sources)
            written = yield page_statement(_home_rows(), ascends(page)), parameters
            rows = _merged(written, rows, page)
        page_rows = yield from listed(sources, parameters, rows, page)
        return (yield from entry_page(self._dialect, viewer, page_rows))

    @reads
    def profile(
        self, viewer: int | None, username: str, domain: str, page: Page, *, replies: bool
    ) -> Steps[Profile | None]:
        """An account with its posts and boosts (with answers to others only if `replies`)."""
        names = {"name": username_key(username), "domain": domain, "viewer": viewer}
        found = yield _profile(viewer is not None), names
        if not found:
            return None
        account = account_of(found[0])
        relationship = None if viewer is None else relationship_of(account.id, found[0], ACCOUNT_WIDTH)
        source = _posts_of(self._dialect, viewer is not None, replies)
        rows = yield from read_page(source, {"viewer": viewer, "account": account.id}, page)
        posts = yield from entry_page(self._dialect, viewer, rows)
        return Profile(account=account, relationship=relationship, posts=posts)
