"""Reading posts, threads, timelines and notifications, each as one viewer sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from microblog_core.domain.notifications import Notification, NotificationEntry
from microblog_core.domain.posts import Delivery, Entry, Post, PostEdit, Thread
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.memory.account_reads import HIDDEN, AccountReads, RelationReads, people, sight_of
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.post_writes import boost_by, version_of
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import (
    Sight,
    in_home,
    in_listing,
    in_profile,
    in_public,
    in_tag,
    may_see,
    sees_account,
)
from microblog_core.ports.storage import THREAD_ANCESTORS, THREAD_DESCENDANTS, Profile

Shows = Callable[[Sight, Post, Post | None], bool]


class _Reads:
    """What all readers of posts stand on."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _post(self, post_id: int | None) -> Post | None:
        return None if post_id is None else self._tables.posts.get(post_id)

    def _seen(self, sight: Sight, post_id: int) -> Post | None:
        """The post, or the boosted one for a boost's id, if the viewer may see it."""
        post = self._post(post_id)
        if post is None or not may_see(sight, post, self._post(post.boost_of_id)):
            return None
        return self._post(post.boost_of_id) or post

    def _entry(self, sight: Sight, listed: Post) -> Entry:
        """A post or boost as a line of a listing."""
        accounts, viewer = self._tables.accounts.rows, sight.viewer
        boosted = self._post(listed.boost_of_id)
        post = boosted or listed
        answered = post.in_reply_to_account_id
        return Entry(
            id=listed.id,
            post=post,
            author=accounts[post.account_id],
            boosted_by=accounts[listed.account_id] if boosted else None,
            boosted_at=listed.created_at if boosted else None,
            replied_to=accounts.get(answered) if answered and sees_account(sight, answered) else None,
            favourited=viewer is not None and (viewer, post.id) in self._tables.favourites,
            boosted=viewer is not None and boost_by(self._tables, viewer, post.id) is not None,
        )

    def _listing(
        self, sight: Sight, page: Page, shows: Callable[[Post, Post | None], bool]
    ) -> Listing[Entry]:
        shown = (
            post for post in self._tables.posts.rows.values() if shows(post, self._post(post.boost_of_id))
        )
        return mapped(cut(shown, page, lambda post: post.id), lambda post: self._entry(sight, post))


class PostReads(_Reads):
    """A `ports.storage.PostReader`."""

    async def get(self, viewer: int | None, post_id: int) -> Entry | None:
        """The post, if the viewer may see it."""
        sight = sight_of(self._tables, viewer)
        post = self._seen(sight, post_id)
        return None if post is None else self._entry(sight, post)

    async def thread(self, viewer: int | None, post_id: int) -> Thread | None:
        """The post with what it answers and what answers it; what listings leave out is left out of both."""
        sight = sight_of(self._tables, viewer)
        post = self._seen(sight, post_id)
        if post is None:
            return None
        ancestors = [above for above in self._above(post) if in_listing(sight, above)][:THREAD_ANCESTORS]
        below = [answer for answer in self._below(post) if in_listing(sight, answer)]
        oldest = set(sorted(answer.id for answer in below)[:THREAD_DESCENDANTS])
        return Thread(
            ancestors=tuple(self._entry(sight, above) for above in reversed(ancestors)),
            entry=self._entry(sight, post),
            descendants=tuple(self._entry(sight, answer) for answer in below if answer.id in oldest),
            more=len(below) > len(oldest),
        )

    def _above(self, post: Post) -> Iterator[Post]:
        """What the post answers, nearest first, as far as it is stored."""
        above = self._post(post.in_reply_to_id)
        while above is not None:
            yield above
            above = self._post(above.in_reply_to_id)

    def _below(self, post: Post) -> Iterator[Post]:
        """What answers the post, depth first, oldest first."""
        answers: dict[int, list[Post]] = {}
        for answer in sorted(self._tables.posts.rows.values(), key=lambda post: -post.id):
            if answer.in_reply_to_id is not None:
                answers.setdefault(answer.in_reply_to_id, []).append(answer)
        waiting = answers.get(post.id, [])
        while waiting:
            answer = waiting.pop()
            yield answer
            waiting.extend(answers.get(answer.id, ()))

    async def edits(self, viewer: int | None, post_id: int) -> Sequence[PostEdit]:
        """All versions, oldest first."""
        post = self._seen(sight_of(self._tables, viewer), post_id)
        if post is None:
            return ()
        earlier = [edit for key, edit in self._tables.edits.rows.items() if key[0] == post.id]
        return (*sorted(earlier, key=lambda edit: edit.version), version_of(post))

    async def favourited_by(self, viewer: int | None, post_id: int, page: Page) -> Listing[Related]:
        """Who favourited the post, newest first."""
        sight = sight_of(self._tables, viewer)
        post = self._seen(sight, post_id)
        found = [
            (relation.id, account_id)
            for (account_id, favourite), relation in self._tables.favourites.rows.items()
            if post is not None and favourite == post.id
        ]
        return people(self._tables, sight, found, page)

    async def boosted_by(self, viewer: int | None, post_id: int, page: Page) -> Listing[Related]:
        """Who boosted the post, newest first."""
        sight = sight_of(self._tables, viewer)
        post = self._seen(sight, post_id)
        found = [
            (boost.id, boost.account_id)
            for boost in self._tables.posts.rows.values()
            if post is not None and boost.boost_of_id == post.id and may_see(sight, boost, post)
        ]
        return people(self._tables, sight, found, page)


class TimelineReads(_Reads):
    """A `ports.storage.TimelineReader`."""

    async def public(self, viewer: int | None, page: Page, *, only_media: bool = False) -> Listing[Entry]:
        """Public posts that are no boosts and no answers to others."""
        sight = sight_of(self._tables, viewer)

        def shows(post: Post, _: Post | None) -> bool:
            return (bool(post.attachments) or not only_media) and in_public(sight, post)

        return self._listing(sight, page, shows)

    async def tag(
        self, viewer: int | None, tag: str, page: Page, *, only_media: bool = False
    ) -> Listing[Entry]:
        """Public posts with this tag."""
        sight = sight_of(self._tables, viewer)

        def shows(post: Post, _: Post | None) -> bool:
            wanted = tag in post.tags and (bool(post.attachments) or not only_media)
            return wanted and in_tag(sight, post)

        return self._listing(sight, page, shows)

    async def home(self, viewer: int, page: Page, source: HomeSource) -> Listing[Entry]:
        """The viewer's home timeline. Home rows are candidates: what may be shown is decided here."""
        sight, rows = sight_of(self._tables, viewer), self._tables.home

        def shows(post: Post, boosted: Post | None) -> bool:
            found = source is HomeSource.FOLLOWS or post.delivery is Delivery.PULLED
            return (found or (viewer, post.id) in rows) and in_home(sight, post, boosted)

        return self._listing(sight, page, shows)

    async def profile(
        self, viewer: int | None, username: str, domain: str, page: Page, *, replies: bool
    ) -> Profile | None:
        """An account with its posts and boosts."""
        sight = sight_of(self._tables, viewer)
        account = AccountReads(self._tables).named(username, domain)
        if account is None or account.state in HIDDEN or not sees_account(sight, account.id):
            return None

        def shows(post: Post, boosted: Post | None) -> bool:
            return post.account_id == account.id and in_profile(sight, post, boosted, replies=replies)

        relations = RelationReads(self._tables)
        return Profile(
            account=account,
            relationship=None if viewer is None else relations.between(viewer, account.id),
            posts=self._listing(sight, page, shows),
        )


class NotificationReads(_Reads):
    """A `ports.storage.NotificationReader`."""

    async def page(self, viewer: int, page: Page) -> Listing[NotificationEntry]:
        """The viewer's notifications, newest first."""
        sight, mark = sight_of(self._tables, viewer), self._tables.read_marks.get(viewer) or 0

        def line(told: Notification) -> NotificationEntry:
            post = self._post(told.post_id)
            return NotificationEntry(
                id=told.id,
                kind=told.kind,
                actor=self._tables.accounts.rows[told.actor_id],
                entry=None if post is None else self._entry(sight, post),
                created_at=told.created_at,
                unread=told.id > mark,
            )

        return mapped(cut(self._shown(sight), page, lambda told: told.id), line)

    async def unread(self, viewer: int, limit: int = 100) -> int:
        """How many are unread, counted up to `limit`."""
        mark = self._tables.read_marks.get(viewer) or 0
        return min(limit, sum(1 for told in self._shown(sight_of(self._tables, viewer)) if told.id > mark))

    def _shown(self, sight: Sight) -> Iterator[Notification]:
        for told in self._tables.notifications.rows.values():
            actor, post = told.actor_id, self._post(told.post_id)
            if told.account_id != sight.viewer or not sees_account(sight, actor):
                continue
            if actor not in sight.blocks | sight.mutes and (post is None or may_see(sight, post)):
                yield told
