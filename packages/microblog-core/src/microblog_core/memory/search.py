"""Search and trends of the storage in memory: the reference, which looks at everything each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.search import PostSearch, Term, post_words
from microblog_core.domain.tags import (
    HEAT_WINDOW,
    Hashtag,
    day_of,
    heat_of,
    history_of,
    may_trend,
    tag_weight,
)
from microblog_core.domain.timelines import Page
from microblog_core.domain.words import follows_in
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.paging import cut
from microblog_core.memory.post_reads import EntryReads
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import Sight, in_search, in_tag
from microblog_core.ports.operations import PruneTrends


def prune_trends(tables: Tables, operation: PruneTrends) -> None:
    """Nothing is counted here, so there is nothing to forget."""


def _holds(words: Sequence[str], term: Term) -> bool:
    return follows_in(words, term.words, prefix=term.prefix)


class SearchReads(EntryReads):
    """A `ports.search.SearchReader`."""

    async def posts(
        self, viewer: int | None, search: PostSearch, page: Page, offset: int = 0
    ) -> Sequence[Entry]:
        """Posts that hold the words, newest first."""
        if not search.wanted and search.author_id is None:
            return ()
        sight = sight_of(self._tables, viewer)
        found = [
            post
            for post in self._tables.posts.rows.values()
            if in_search(sight, post, marked=self._marked(viewer, post))
            and search.author_id in (None, post.account_id)
            and not (search.following and post.account_id not in sight.follows)
            and _finds(search, post)
        ]
        shown = cut(found, Page(limit=page.limit + offset, **_bounds(page)), lambda post: post.id).items
        kept = shown[offset:] if page.min_id is None else shown[: max(len(shown) - offset, 0)]
        return [self._entry(sight, post) for post in kept]

    def _marked(self, viewer: int | None, post: Post) -> bool:
        marks = self._tables.favourites, self._tables.bookmarks
        return viewer is not None and any((viewer, post.id) in table for table in marks)

    async def tags(self, prefix: str, now: int, *, limit: int, offset: int = 0) -> Sequence[Hashtag]:
        """Hashtags that begin so."""
        # Somebody hidden made them, too: a name alone shows nobody's post.
        everybody, posts = Sight(), self._tables.posts.rows.values()
        public = {tag for post in posts if in_tag(everybody, post) for tag in post.tags}
        uses = hashtags(self._tables, now)
        found = [
            uses.get(name) or Hashtag(name=name, history=history_of({}, now))
            for name in sorted(public)
            if name.startswith(prefix)
        ]
        found.sort(key=lambda tag: -sum(day.uses for day in tag.history))
        return found[offset : offset + limit]


def _bounds(page: Page) -> dict[str, int | None]:
    return {"max_id": page.max_id, "since_id": page.since_id, "min_id": page.min_id}


def _finds(search: PostSearch, post: Post) -> bool:
    words = post_words(post)
    if not all(_holds(words, term) for term in search.wanted):
        return False
    return not any(_holds(words, term) for term in search.unwanted)


def hashtags(tables: Tables, now: int) -> dict[str, Hashtag]:
    """All hashtags of the last days with how they were used."""
    counts: dict[str, dict[int, list[int]]] = {}
    shown = sight_of(tables, None)
    for post in tables.posts.rows.values():
        if in_tag(shown, post):
            for tag in dict.fromkeys(post.tags):
                counts.setdefault(tag, {}).setdefault(day_of(post.created_at), []).append(post.account_id)
    return {
        tag: Hashtag(
            name=tag,
            history=history_of({day: (len(who), len(set(who))) for day, who in days.items()}, now),
        )
        for tag, days in counts.items()
    }


class TrendReads(EntryReads):
    """A `ports.search.TrendReader`."""

    async def tags(self, now: int, *, limit: int, offset: int = 0) -> Sequence[Hashtag]:
        """Hashtags that trend."""
        found = [tag for tag in hashtags(self._tables, now).values() if may_trend(tag.history)]
        found.sort(key=lambda tag: (-tag_weight(tag.history), tag.name))
        return found[offset : offset + limit]

    async def posts(self, viewer: int | None, now: int, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Posts that trend."""
        sight = sight_of(self._tables, viewer)
        found = sorted(self._hot(sight, now), reverse=True)
        return [
            self._entry(sight, self._tables.posts.rows[post_id])
            for _, post_id in found[offset : offset + limit]
        ]

    def _hot(self, sight: Sight, now: int) -> Iterator[tuple[float, int]]:
        for post in self._tables.posts.rows.values():
            reactions = post.favourites_count + post.boosts_count
            if reactions and post.created_at > now - HEAT_WINDOW and in_tag(sight, post):
                yield heat_of(reactions, post.created_at), post.id
