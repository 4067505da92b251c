"""An account's own posts: its page, what it shows on top, and what has a certain tag."""

from __future__ import annotations

import functools
from typing import Any

from microblog_core.domain.marks import PINS_MAX
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, ascends, bounds, read_page
from microblog_plugins.sql.reads.entries import entries_of, entry_page
from microblog_plugins.sql.reads.found import SHOWN
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import entry_seen, post_seen, state_shown

_INDEXES = {
    (True, True): ("posts_account", ""),
    (False, True): ("posts_account_own", " AND NOT p.answer"),
    (True, False): ("posts_account_plain", " AND p.boost_of_id IS NULL"),
    (False, False): ("posts_account_own_plain", " AND NOT p.answer AND p.boost_of_id IS NULL"),
}
"""The index and its condition, by whether answers to others and boosts are wanted."""


@functools.cache
def posts_of(
    dialect: Dialect, viewer: bool, replies: bool, boosts: bool = True, only_media: bool = False
) -> Source:
    """What the account `:account` wrote and boosted; whether it is shown at all is asked before."""
    index, only = _INDEXES[replies, boosts]
    if only_media:
        # Boosts have no pictures of their own.
        index, only = "posts_account_media", " AND p.has_media" + ("" if replies else " AND NOT p.answer")
    return Source(
        entry_columns(viewer),
        f"posts p{dialect.indexed(index)} CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE p.account_id = :account{only} AND {SHOWN} AND {entry_seen(viewer)}",
        "p.id",
    )


@functools.cache
def _tagged(viewer: bool, replies: bool, only_media: bool) -> Source:
    only = ("" if replies else " AND NOT p.answer") + (" AND p.has_media" if only_media else "")
    return Source(
        entry_columns(viewer, "p", "p"),
        "account_tags t CROSS JOIN posts p CROSS JOIN accounts a"
        f" WHERE t.account_id = :account AND t.tag = :tag AND p.id = t.post_id AND a.id = p.account_id{only}"
        f" AND {post_seen('p', 'a', viewer)}",
        "t.post_id",
    )


@functools.cache
def _pinned(dialect: Dialect, viewer: bool, tagged: bool) -> str:
    tag = exists("account_tags t", "t.account_id = :account AND t.tag = :tag AND t.post_id = p.id")
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')}"
        f" FROM pins m{dialect.indexed('pins_order')} CROSS JOIN posts p CROSS JOIN accounts a"
        f" WHERE m.account_id = :account AND p.id = m.post_id AND a.id = p.account_id"
        f" AND p.id > :since_id AND p.id < :max_id AND {post_seen('p', 'a', viewer)}"
        f"{f' AND {tag}' if tagged else ''} ORDER BY m.id DESC LIMIT {PINS_MAX}"
    )


_SHOWN = f"SELECT a.id FROM accounts a WHERE a.id = :account AND {state_shown('a')}"


class AccountPosts(Reader):
    """The contract's `account_posts`."""

    @reads
    def account_posts(
        self,
        viewer: int | None,
        account_id: int,
        page: Page,
        *,
        replies: bool = True,
        boosts: bool = True,
        pinned: bool = False,
        tag: str = "",
        only_media: bool = False,
    ) -> Steps[Listing[Entry]]:
        """An account's posts, or those that it shows on top."""
        parameters: dict[str, Any] = {"viewer": viewer, "account": account_id, "tag": tag}
        if not (yield _SHOWN, parameters):
            return Listing(())
        if pinned:
            return (yield from self._pinned(viewer, parameters, page))
        known = viewer is not None
        if tag:
            source = _tagged(known, replies, only_media)
        else:
            source = posts_of(self._dialect, known, replies, boosts, only_media)
        rows = yield from read_page(source, parameters, page)
        return (yield from entry_page(self._kept, viewer, rows))

    def _pinned(self, viewer: int | None, parameters: dict[str, Any], page: Page) -> Steps[Listing[Entry]]:
        statement = _pinned(self._dialect, viewer is not None, bool(parameters["tag"]))
        rows = yield statement, parameters | bounds(page)
        newest = sorted((row[0] for row in rows), reverse=True)
        kept = set(newest[-page.limit :] if ascends(page) else newest[: page.limit])
        chosen = [row for row in rows if row[0] in kept]
        return Listing(tuple((yield from entries_of(self._kept, viewer, chosen))))
