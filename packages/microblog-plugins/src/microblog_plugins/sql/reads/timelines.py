"""Listings of posts. A page takes a fixed number of statements: its rows, maybe what lies beyond its bounds,
and people named.

Home timelines are the hottest path of all. Home rows are a range of their primary key, and what is wanted of
them is decided row by row on the way, so that the work is bound by the page and by what it leaves out.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from microblog_core.domain.accounts import username_key
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.storage import Profile
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, ascends, bounds, listed, page_statement, read_page
from microblog_plugins.sql.reads.account_posts import AccountPosts, posts_of
from microblog_plugins.sql.reads.entries import entry_page
from microblog_plugins.sql.reads.found import SHOWN, all_found, page_found
from microblog_plugins.sql.reads.lists import list_with_tags
from microblog_plugins.sql.reads.relations import relationship_columns, relationship_of
from microblog_plugins.sql.reads.tags import FOLLOWED, ON_LIST, all_tagged, tag_page, tagged_page
from microblog_plugins.sql.rows import (
    ACCOUNT,
    ACCOUNT_WIDTH,
    account_of,
    any_pulled,
    columns,
    entry_columns,
    follows_tags,
)
from microblog_plugins.sql.steps import Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, entry_home, post_public, state_shown


@functools.cache
def _public(dialect: Dialect, viewer: bool, only_media: bool) -> Source:
    index, only = ("posts_listed_media", " AND p.has_media") if only_media else ("posts_listed", "")
    return Source(
        entry_columns(viewer, "p", "p"),
        f"posts p{dialect.indexed(index)} CROSS JOIN accounts a"
        f" WHERE p.listed{only} AND a.id = p.account_id AND {post_public('p', 'a', viewer)}",
        "p.id",
    )


@functools.cache
def _home_rows() -> Source:
    return Source(
        entry_columns(True),
        "home_rows h CROSS JOIN posts p CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE h.account_id = :viewer AND p.id = h.post_id AND {SHOWN} AND {entry_home()}",
        "h.post_id",
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


class Timelines(AccountPosts):
    """The contract's `TimelineReader`."""

    @reads
    def public(self, viewer: int | None, page: Page, *, only_media: bool = False) -> Steps[Listing[Entry]]:
        """Public posts that are no boosts and no answers to others."""
        source = _public(self._dialect, viewer is not None, only_media)
        rows = yield from read_page(source, {"viewer": viewer}, page)
        return (yield from entry_page(self._kept, viewer, rows))

    @reads
    def tag(
        self,
        viewer: int | None,
        tag: str,
        page: Page,
        *,
        any: Sequence[str] = (),
        all: Sequence[str] = (),
        none: Sequence[str] = (),
        only_media: bool = False,
    ) -> Steps[Listing[Entry]]:
        """Public posts with this tag or one of `any`, with each of `all` and none of `none`."""
        rows = yield from tag_page(self._dialect, viewer, tag, page, any, all, none, only_media)
        return (yield from entry_page(self._kept, viewer, rows))

    @reads
    def home(self, viewer: int, page: Page, source: HomeSource) -> Steps[Listing[Entry]]:
        """What the people that the viewer follows wrote and boosted, and the viewer's own."""
        parameters: dict[str, Any] = bounds(page) | {"viewer": viewer}
        sources: tuple[Source, ...] = ()
        rows: list[Row] = []
        if source is HomeSource.ROWS:
            sources = (_home_rows(),)
            rows = yield page_statement(_home_rows(), ascends(page)), parameters
        if not rows or any_pulled(rows[0]):
            sources = (*sources, all_found(self._dialect, source))
            found = yield page_found(self._dialect, source, ascends(page)), parameters
            rows = _merged(rows, found, page)
        if not rows or follows_tags(rows[0]):
            sources = (*sources, all_tagged(FOLLOWED))
            tagged = yield tagged_page(self._dialect, FOLLOWED, ascends(page)), parameters
            rows = _merged(rows, tagged, page)
        page_rows = yield from listed(sources, parameters, rows, page)
        return (yield from entry_page(self._kept, viewer, page_rows))

    @reads
    def list(self, viewer: int, list_id: int, page: Page) -> Steps[Listing[Entry] | None]:
        """What the people on a list of the viewer's wrote and boosted, and what has its hashtags."""
        found, has_tags = yield from list_with_tags(viewer, list_id)
        if found is None:
            return None
        parameters: dict[str, Any] = bounds(page) | {"viewer": viewer, "list": list_id}
        policy = found.replies_policy
        rows = yield page_found(self._dialect, policy, ascends(page)), parameters
        sources: tuple[Source, ...] = (all_found(self._dialect, policy),)
        if has_tags:
            sources = (*sources, all_tagged(ON_LIST))
            tagged = yield tagged_page(self._dialect, ON_LIST, ascends(page)), parameters
            rows = _merged(rows, tagged, page)
        page_rows = yield from listed(sources, parameters, rows, page)
        return (yield from entry_page(self._kept, viewer, page_rows))

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
        source = posts_of(self._dialect, viewer is not None, replies)
        rows = yield from read_page(source, {"viewer": viewer, "account": account.id}, page)
        posts = yield from entry_page(self._kept, viewer, rows)
        return Profile(account=account, relationship=relationship, posts=posts)
