"""Hashtags: their timelines, who follows or shows them, and how they are used."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from microblog_core.domain.ids import milliseconds_of
from microblog_core.domain.marks import (
    FeaturedTag,
    FollowedTag,
    TagInfo,
    TagUse,
)
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, ascends, bounds, listed, mapped, read_page, within
from microblog_plugins.sql.reads.trends import hashtags_of
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_public


def _public_posts(viewer: bool, only: str, index: str = "") -> str:
    """Public posts `p` with tags `t`, as listings show them to the viewer: `FROM ... WHERE ...`."""
    return (
        f"post_tags t{index} CROSS JOIN posts p CROSS JOIN accounts a WHERE {only} AND p.id = t.post_id"
        f" AND a.id = p.account_id AND {post_public('p', 'a', viewer)}"
    )


def _chosen(demanded: int, refused: int) -> str:
    """Conditions for the tags that a post must have besides, and for those that it must not have."""

    def has(name: str) -> str:
        return exists("post_tags x", f"x.tag = :{name} AND x.post_id = t.post_id")

    all_of = "".join(f" AND {has(f'all{number}')}" for number in range(demanded))
    return all_of + "".join(f" AND NOT {has(f'none{number}')}" for number in range(refused))


@functools.cache
def _tag(
    dialect: Dialect,
    viewer: bool,
    name: str,
    demanded: int,
    refused: int,
    pictures: bool = False,
    wide: bool = True,
) -> Source:
    """Public posts with the tag in the parameter `name`, those with pictures if `pictures`; their ids alone
    unless it is `wide`.
    """
    index, only = (dialect.indexed("post_tags_media"), " AND t.has_media") if pictures else ("", "")
    return Source(
        entry_columns(viewer, "p", "p") if wide else "t.post_id AS id",
        _public_posts(viewer, f"t.tag = :{name}{only}{_chosen(demanded, refused)}", index),
        "t.post_id",
    )


@functools.cache
def _any_of(
    dialect: Dialect,
    viewer: bool,
    wanted: int,
    demanded: int,
    refused: int,
    pictures: bool,
    ascending: bool,
) -> str:
    """A page of each tag, and of them the page."""
    order = "ASC" if ascending else "DESC"
    pages = " UNION ".join(
        f"SELECT id FROM (SELECT {source.select} FROM {source.source} AND {within(source.column, ascending)})"
        f" AS page{number}"
        for number in range(wanted)
        for source in (_tag(dialect, viewer, f"any{number}", demanded, refused, pictures, False),)
    )
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM ({pages} ORDER BY id {order} LIMIT :limit) AS c"
        " CROSS JOIN posts p CROSS JOIN accounts a WHERE p.id = c.id AND a.id = p.account_id"
        f" AND {post_public('p', 'a', viewer)} ORDER BY p.id {order}"
    )


def tag_page(
    dialect: Dialect,
    viewer: int | None,
    tag: str,
    page: Page,
    wanted: Sequence[str],
    demanded: Sequence[str],
    refused: Sequence[str],
    only_media: bool,
) -> Steps[Listing[Row]]:
    """A page of public posts with a tag or one of those `wanted`, all `demanded` and none `refused`; with
    `only_media` those with pictures.
    """
    known, tags = viewer is not None, list(dict.fromkeys((tag, *wanted)))
    parameters: dict[str, Any] = {"viewer": viewer}
    for name, values in (("any", tags), ("all", demanded), ("none", refused)):
        parameters |= {f"{name}{number}": value for number, value in enumerate(values)}
    asked = (len(demanded), len(refused), only_media)
    if len(tags) == 1:
        return (yield from read_page(_tag(dialect, known, "any0", *asked), parameters, page))
    parameters |= bounds(page)
    rows = yield _any_of(dialect, known, len(tags), *asked, ascends(page)), parameters
    sources = tuple(_tag(dialect, known, f"any{number}", *asked) for number in range(len(tags)))
    return (yield from listed(sources, parameters, rows, page))


# Tags in home timelines and on lists


class TagSet(NamedTuple):
    """Tags whose posts are merged: those of a table that a condition about its row `y` holds for."""

    table: str
    only: str

    @property
    def source(self) -> str:
        """The table `s` of them."""
        return f"(SELECT y.tag AS tag FROM {self.table} y WHERE {self.only}) AS s"


FOLLOWED = TagSet("tag_follows", "y.account_id = :viewer")
ON_LIST = TagSet("list_tags", "y.list_id = :list")


@functools.cache
def all_tagged(tags: TagSet) -> Source:
    """All posts with one of these tags, unordered: enough to ask whether there are any."""
    return Source(
        "p.id",
        f"{tags.source} CROSS JOIN {_public_posts(True, 't.tag = s.tag AND p.listed')}",
        "t.post_id",
        ordered=False,
    )


@functools.cache
def tagged_page(dialect: Dialect, tags: TagSet, ascending: bool) -> str:
    """A page of posts with these tags, with the parameters of `paging.within`; see `found` for how."""
    if dialect.has_priority_queue:
        return _merged_lazily(tags, ascending)
    order = "ASC" if ascending else "DESC"
    newest = (
        f"SELECT p.id FROM {_public_posts(True, 't.tag = s.tag AND p.listed')}"
        f" AND {within('t.post_id', ascending)}"
    )
    return (
        f"SELECT {entry_columns(True, 'p', 'p')} FROM ("
        f"SELECT DISTINCT top.id AS id FROM {tags.source} CROSS JOIN LATERAL ({newest}) AS top"
        f" ORDER BY id {order} LIMIT :limit"
        ") AS c CROSS JOIN posts p CROSS JOIN accounts a WHERE p.id = c.id AND a.id = p.account_id"
        f" AND {post_public('p', 'a', True)} ORDER BY p.id {order}"
    )


def _merged_lazily(tags: TagSet, ascending: bool) -> str:
    extreme, order = ("MIN", "ASC") if ascending else ("MAX", "DESC")
    low, high = (":since_id", ":max_id")
    after_low, after_high = ("feed.id", high) if ascending else (low, "feed.id")

    def next_of(tag: str, low: str, high: str) -> str:
        """The tag's next post between two ids."""
        between = f"x.post_id > {low} AND x.post_id < {high}"
        return f"(SELECT {extreme}(x.post_id) FROM post_tags x WHERE x.tag = {tag} AND {between})"

    # A post with several of the tags comes once, by the first of them.
    again = exists(
        f"post_tags x CROSS JOIN {tags.table} y",
        f"x.post_id = feed.id AND x.tag < feed.tag AND {tags.only} AND y.tag = x.tag",
    )
    return (
        f"WITH RECURSIVE feed(id, tag) AS (SELECT {next_of('s.tag', low, high)}, s.tag FROM {tags.source}"
        f" UNION ALL SELECT {next_of('feed.tag', after_low, after_high)}, feed.tag"
        f" FROM feed WHERE feed.id IS NOT NULL ORDER BY 1 {order} LIMIT -1)"
        f" SELECT {entry_columns(True, 'p', 'p')} FROM feed CROSS JOIN posts p CROSS JOIN accounts a"
        f" WHERE p.id = feed.id AND p.listed AND a.id = p.account_id AND NOT {again}"
        f" AND {post_public('p', 'a', True)} LIMIT :limit"
    )


# The tags themselves

_STANDING = (
    "SELECT EXISTS (SELECT 1 FROM tag_follows WHERE account_id = :viewer AND tag = :tag),"
    " EXISTS (SELECT 1 FROM featured_tags WHERE account_id = :viewer AND tag = :tag)"
)
_FEATURED = (
    "SELECT f.id, f.tag,"
    " (SELECT COUNT(*) FROM account_tags t WHERE t.account_id = f.account_id AND t.tag = f.tag AND t.open),"
    " (SELECT MAX(t.post_id) FROM account_tags t"
    " WHERE t.account_id = f.account_id AND t.tag = f.tag AND t.open)"
    " FROM featured_tags f WHERE f.account_id = :account ORDER BY f.id DESC"
)


@functools.cache
def _followed_tags(dialect: Dialect) -> Source:
    table = f"tag_follows f{dialect.indexed('tag_follows_order')}"
    return Source("f.id, f.tag", f"{table} WHERE f.account_id = :account", "f.id")


@functools.cache
def _uses(dialect: Dialect) -> str:
    shown = exists("featured_tags f", "f.account_id = t.account_id AND f.tag = t.tag")
    return (
        "SELECT c.tag, c.uses FROM (SELECT t.tag AS tag, COUNT(*) AS uses FROM account_tags t"
        f" WHERE t.account_id = :account AND t.open AND NOT {shown} GROUP BY t.tag) AS c"
        f" ORDER BY c.uses DESC, {dialect.bytewise('c.tag')} LIMIT :limit"
    )


class Tags(Reader):
    """The contract's `TagReader`."""

    @reads
    def get(self, viewer: int | None, name: str, now: int) -> Steps[TagInfo]:
        """A tag with its use."""
        following = featured = False
        if viewer is not None:
            standing = yield _STANDING, {"viewer": viewer, "tag": name}
            following, featured = standing[0][0] == 1, standing[0][1] == 1
        (used,) = yield from hashtags_of(self._dialect, [name], now)
        return TagInfo(name=name, following=following, featured=featured, history=used.history)

    @reads
    def followed(self, account_id: int, page: Page) -> Steps[Listing[FollowedTag]]:
        """The tags that the account follows, newest first."""
        source = _followed_tags(self._dialect)
        rows = yield from read_page(source, {"account": account_id}, page)
        return mapped(rows, lambda row: FollowedTag(row[0], row[1]))

    @reads
    def featured(self, account_id: int) -> Steps[Sequence[FeaturedTag]]:
        """The tags on the account's profile, newest first."""
        rows = yield _FEATURED, {"account": account_id}
        return [
            FeaturedTag(
                id=row[0],
                name=row[1],
                posts_count=row[2],
                last_post_at=None if row[3] is None else milliseconds_of(row[3]),
            )
            for row in rows
        ]

    @reads
    def uses(self, account_id: int, limit: int) -> Steps[Sequence[TagUse]]:
        """The tags that the account uses most and does not feature."""
        rows = yield _uses(self._dialect), {"account": account_id, "limit": limit}
        return [TagUse(row[0], row[1]) for row in rows]
