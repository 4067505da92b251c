"""Reading what people marked for themselves, and hashtags."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from microblog_core.domain.ids import milliseconds_of
from microblog_core.domain.marks import (
    DAY_MILLISECONDS,
    HISTORY_DAYS,
    FeaturedTag,
    FollowedTag,
    Marker,
    TagDay,
    TagInfo,
    TagUse,
)
from microblog_core.domain.posts import OPEN_VISIBILITIES, Marked, Visibility
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.paging import cut
from microblog_core.memory.post_reads import EntryReads
from microblog_core.memory.tables import Pair, Relation, Table, Tables
from microblog_core.memory.visibility import may_see


class MarkReads(EntryReads):
    """A `ports.marks.MarkReader`."""

    async def bookmarks(self, viewer: int, page: Page) -> Listing[Marked]:
        """The viewer's bookmarks, newest first."""
        return self._marked(self._tables.bookmarks, viewer, page)

    async def favourites(self, viewer: int, page: Page) -> Listing[Marked]:
        """The viewer's favourites, newest first."""
        return self._marked(self._tables.favourites, viewer, page)

    def _marked(self, table: Table[Pair, Relation], viewer: int, page: Page) -> Listing[Marked]:
        sight, posts = sight_of(self._tables, viewer), self._tables.posts.rows
        found = (
            Marked(mark.id, self._entry(sight, posts[post_id]))
            for (account_id, post_id), mark in table.rows.items()
            if account_id == viewer and may_see(sight, posts[post_id])
        )
        return cut(found, page, lambda marked: marked.id)

    async def markers(self, account_id: int) -> Sequence[Marker]:
        """How far the account has read."""
        theirs = (marker for (owner, _), marker in self._tables.markers.rows.items() if owner == account_id)
        return tuple(sorted(theirs, key=lambda marker: marker.timeline))


class TagReads:
    """A `ports.marks.TagReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, viewer: int | None, name: str, now: int) -> TagInfo:
        """A tag with its use in public posts."""
        today = now // DAY_MILLISECONDS
        users: dict[int, list[int]] = defaultdict(list)
        for post in self._tables.posts.rows.values():
            if name in post.tags and post.visibility is Visibility.PUBLIC:
                users[milliseconds_of(post.id) // DAY_MILLISECONDS].append(post.account_id)
        days = (today - number for number in range(HISTORY_DAYS))
        return TagInfo(
            name=name,
            following=viewer is not None and (viewer, name) in self._tables.tag_follows,
            featured=viewer is not None and (viewer, name) in self._tables.featured_tags,
            history=tuple(
                TagDay(day * DAY_MILLISECONDS, len(users[day]), len(set(users[day]))) for day in days
            ),
        )

    async def followed(self, account_id: int, page: Page) -> Listing[FollowedTag]:
        """The tags that the account follows, newest first."""
        found = (
            FollowedTag(relation.id, tag)
            for (owner, tag), relation in self._tables.tag_follows.rows.items()
            if owner == account_id
        )
        return cut(found, page, lambda tag: tag.id)

    async def featured(self, account_id: int) -> Sequence[FeaturedTag]:
        """The tags on the account's profile, newest first."""
        used = self._used(account_id)
        found = (
            FeaturedTag(
                id=relation.id,
                name=tag,
                posts_count=len(used[tag]),
                last_post_at=milliseconds_of(max(used[tag])) if used[tag] else None,
            )
            for (owner, tag), relation in self._tables.featured_tags.rows.items()
            if owner == account_id
        )
        return tuple(sorted(found, key=lambda tag: -tag.id))

    async def uses(self, account_id: int, limit: int) -> Sequence[TagUse]:
        """The tags that the account uses most and does not feature."""
        counts = Counter({tag: len(posts) for tag, posts in self._used(account_id).items()})
        found = (
            TagUse(tag, count)
            for tag, count in counts.items()
            if (account_id, tag) not in self._tables.featured_tags
        )
        return tuple(sorted(found, key=lambda use: (-use.posts_count, use.name))[:limit])

    def _used(self, account_id: int) -> dict[str, list[int]]:
        """The ids of the account's public and unlisted posts by their tags."""
        used: dict[str, list[int]] = defaultdict(list)
        for post in self._tables.posts.rows.values():
            if post.account_id == account_id and post.visibility in OPEN_VISIBILITIES:
                for tag in post.tags:
                    used[tag].append(post.id)
        return used
