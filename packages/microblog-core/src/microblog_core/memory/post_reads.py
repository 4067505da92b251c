"""Reading posts, threads, timelines and notifications, each as one viewer sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from microblog_core.domain.deliveries import SITE, Frequency
from microblog_core.domain.marks import MarkerTimeline
from microblog_core.domain.notifications import Notification, NotificationEntry
from microblog_core.domain.posts import (
    Delivery,
    Entry,
    Post,
    PostEdit,
    QuotePolicy,
    QuoteState,
    Thread,
    WrittenWith,
)
from microblog_core.domain.relations import Related
from microblog_core.domain.replies import is_chosen
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.memory.account_reads import HIDDEN, AccountReads, RelationReads, people, sight_of
from microblog_core.memory.list_tags import tags_on
from microblog_core.memory.lists import list_of, members_of
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.poll_writes import poll_seen
from microblog_core.memory.post_writes import boost_by, version_of
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import (
    Sight,
    in_home,
    in_list,
    in_listing,
    in_profile,
    in_public,
    in_tag,
    is_heard,
    may_see,
    sees_account,
)
from microblog_core.ports.storage import THREAD_ANCESTORS, THREAD_DESCENDANTS, Profile

Shows = Callable[[Sight, Post, Post | None], bool]


class EntryReads:
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

    def _entry(self, sight: Sight, listed: Post, *, quotes: bool = True) -> Entry:
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
            bookmarked=viewer is not None and (viewer, post.id) in self._tables.bookmarks,
            pinned=viewer is not None and (viewer, post.id) in self._tables.pins,
            muted=post.thread_id in sight.muted_threads,
            poll=poll_seen(self._tables, viewer, post.poll_id),
            quoted=self._quoted(sight, post) if quotes else None,
            quotes_as_follower=post.quote_policy is QuotePolicy.FOLLOWERS
            and post.account_id in sight.follows,
            replies_as_chosen=self._is_chosen(sight, post),
            application=self._application(post),
        )

    def _is_chosen(self, sight: Sight, post: Post) -> bool:
        followed = (post.account_id, sight.viewer or 0) in self._tables.follows
        return is_chosen(post.reply_policy, follows=post.account_id in sight.follows, followed=followed)

    def _application(self, post: Post) -> WrittenWith | None:
        made = None if post.application_id is None else self._tables.applications.get(post.application_id)
        return None if made is None else WrittenWith(made.name, made.website)

    def _quoted(self, sight: Sight, post: Post) -> Entry | None:
        quoted = self._post(post.quote_of_id)
        revoked = post.quote_state is QuoteState.REVOKED
        if quoted is None or revoked or not in_listing(sight, quoted):
            return None
        return self._entry(sight, quoted, quotes=False)

    def _listing(
        self, sight: Sight, page: Page, shows: Callable[[Post, Post | None], bool]
    ) -> Listing[Entry]:
        shown = (
            post for post in self._tables.posts.rows.values() if shows(post, self._post(post.boost_of_id))
        )
        return mapped(cut(shown, page, lambda post: post.id), lambda post: self._entry(sight, post))


class PostReads(EntryReads):
    """A `ports.storage.PostReader`."""

    async def get(self, viewer: int | None, post_id: int) -> Entry | None:
        """The post, if the viewer may see it."""
        sight = sight_of(self._tables, viewer)
        post = self._seen(sight, post_id)
        return None if post is None else self._entry(sight, post)

    async def get_many(self, viewer: int | None, post_ids: Sequence[int]) -> Sequence[Entry]:
        """The posts and boosts that may be seen, in the order of the ids."""
        sight = sight_of(self._tables, viewer)
        found = (self._post(post_id) for post_id in dict.fromkeys(post_ids))
        return tuple(
            self._entry(sight, post)
            for post in found
            if post is not None and may_see(sight, post, self._post(post.boost_of_id))
        )

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

    async def boost_of(self, account_id: int, post_id: int) -> tuple[int, int] | None:
        """The account's boost of this post."""
        boost = boost_by(self._tables, account_id, post_id)
        return None if boost is None else (boost.id, boost.created_at)

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


class TimelineReads(EntryReads):
    """A `ports.storage.TimelineReader`."""

    async def public(self, viewer: int | None, page: Page, *, only_media: bool = False) -> Listing[Entry]:
        """Public posts that are no boosts and no answers to others."""
        sight = sight_of(self._tables, viewer)

        def shows(post: Post, _: Post | None) -> bool:
            return (bool(post.attachments) or not only_media) and in_public(sight, post)

        return self._listing(sight, page, shows)

    async def tag(
        self,
        viewer: int | None,
        tag: str,
        page: Page,
        *,
        any: Sequence[str] = (),
        all: Sequence[str] = (),
        none: Sequence[str] = (),
        only_media: bool = False,
    ) -> Listing[Entry]:
        """Public posts with this tag or one of `any`, with each of `all` and none of `none`."""
        sight, wanted, demanded = sight_of(self._tables, viewer), {tag, *any}, set(all)

        def shows(post: Post, _: Post | None) -> bool:
            chosen = not wanted.isdisjoint(post.tags) and demanded.issubset(post.tags)
            chosen = chosen and (bool(post.attachments) or not only_media)
            return chosen and set(none).isdisjoint(post.tags) and in_tag(sight, post)

        return self._listing(sight, page, shows)

    async def home(self, viewer: int, page: Page, source: HomeSource) -> Listing[Entry]:
        """The viewer's home timeline. Home rows are candidates: what may be shown is decided here."""
        sight, rows = sight_of(self._tables, viewer), self._tables.home
        followed = {tag for follower, tag in self._tables.tag_follows.rows if follower == viewer}

        def shows(post: Post, boosted: Post | None) -> bool:
            if not followed.isdisjoint(post.tags) and in_public(sight, post):
                return True
            found = source is HomeSource.FOLLOWS or post.delivery is Delivery.PULLED
            return (found or (viewer, post.id) in rows) and in_home(sight, post, boosted)

        return self._listing(sight, page, shows)

    async def list(self, viewer: int, list_id: int, page: Page) -> Listing[Entry] | None:
        """What the people on a list of the viewer's wrote and boosted, and what has its hashtags."""
        found = list_of(self._tables, viewer, list_id)
        if found is None:
            return None
        sight, members = sight_of(self._tables, viewer), members_of(self._tables, list_id)
        tags = tags_on(self._tables, list_id)

        def shows(post: Post, boosted: Post | None) -> bool:
            by_member = in_list(sight, post, boosted, members=members, policy=found.replies_policy)
            return by_member or (not tags.isdisjoint(post.tags) and in_public(sight, post))

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

    async def account_posts(
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
    ) -> Listing[Entry]:
        """An account's posts, or those that it shows on top."""
        sight, account = sight_of(self._tables, viewer), self._tables.accounts.get(account_id)
        if account is None or account.state in HIDDEN or not sees_account(sight, account_id):
            return Listing(())

        def shows(post: Post, boosted: Post | None) -> bool:
            if post.account_id != account_id or (tag and tag not in post.tags):
                return False
            if only_media and not post.attachments:
                return False
            if pinned:
                chosen = (account_id, post.id) in self._tables.pins
            else:
                chosen = boosts or boosted is None
            return chosen and in_profile(sight, post, boosted, replies=replies or pinned)

        found = self._listing(sight, page, shows)
        if not pinned:
            return found
        pins = {pair[1]: pin.id for pair, pin in self._tables.pins.rows.items()}
        return Listing(tuple(sorted(found.items, key=lambda entry: -pins[entry.id])))


class NotificationReads(EntryReads):
    """A `ports.storage.NotificationReader`."""

    async def page(
        self,
        viewer: int,
        page: Page,
        *,
        kinds: Sequence[str] = (),
        without: Sequence[str] = (),
        account_id: int | None = None,
        post_id: int | None = None,
    ) -> Listing[NotificationEntry]:
        """The viewer's notifications, newest first."""
        sight = sight_of(self._tables, viewer)
        chosen = (
            told
            for told in self._listed(sight)
            if (not kinds or told.kind in kinds)
            and told.kind not in without
            and account_id in (None, told.actor_id)
            and post_id in (None, told.post_id)
        )
        return mapped(cut(chosen, page, lambda told: told.id), self._line(sight))

    async def get(self, viewer: int, notification_id: int) -> NotificationEntry | None:
        """One of the viewer's notifications."""
        sight = sight_of(self._tables, viewer)
        found = [told for told in self._listed(sight) if told.id == notification_id]
        return self._line(sight)(found[0]) if found else None

    async def several(self, viewer: int, notification_ids: Sequence[int]) -> Sequence[NotificationEntry]:
        """Those of these notifications that the list shows, oldest first."""
        sight, wanted = sight_of(self._tables, viewer), set(notification_ids)
        found = sorted((told for told in self._shown(sight) if told.id in wanted), key=lambda told: told.id)
        return tuple(map(self._line(sight), found))

    def _mark(self, viewer: int) -> int:
        marker = self._tables.markers.get((viewer, MarkerTimeline.NOTIFICATIONS))
        return 0 if marker is None else marker.last_read_id

    def _line(self, sight: Sight) -> Callable[[Notification], NotificationEntry]:
        mark = self._mark(sight.viewer or 0)

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

        return line

    async def unread(self, viewer: int, limit: int = 100) -> int:
        """How many are unread, counted up to `limit`."""
        mark = self._mark(viewer)
        return min(limit, sum(1 for told in self._listed(sight_of(self._tables, viewer)) if told.id > mark))

    def _listed(self, sight: Sight) -> Iterator[Notification]:
        """What is shown, but for the kinds that the viewer doesn't want in the list."""
        for told in self._shown(sight):
            chosen = self._tables.delivery_preferences.get((told.account_id, SITE, told.kind))
            if chosen is None or chosen.frequency is not Frequency.NEVER:
                yield told

    def _shown(self, sight: Sight) -> Iterator[Notification]:
        for told in self._tables.notifications.rows.values():
            if told.account_id == sight.viewer and is_heard(sight, told.actor_id, self._post(told.post_id)):
                yield told
