"""Bookmarks, pins, muted threads, markers, tags that are followed or shown, and single notifications."""

from __future__ import annotations

from typing import Any

import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.marks import (
    FEATURED_TAGS_MAX,
    FOLLOWED_TAGS_MAX,
    PINS_MAX,
    FeaturedTag,
    Marker,
    MarkerTimeline,
    TagUse,
)
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Marked, Post, Visibility
from microblog_core.domain.tags import DAY, TagDay
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused, seen


async def bookmark(build: Builder, account: Account, post: Post) -> int:
    """A bookmark; its id."""
    mark = build.next_id()
    await build.apply(
        ops.AddBookmark(id=mark, account_id=account.id, post_id=post.id, created_at=build.clock.now())
    )
    return mark


async def pin(build: Builder, account: Account, post: Post) -> int:
    """A pin; its id."""
    mark = build.next_id()
    await build.apply(
        ops.AddPin(id=mark, account_id=account.id, post_id=post.id, created_at=build.clock.now())
    )
    return mark


async def follow_tag(build: Builder, account: Account, tag: str) -> int:
    """A followed tag; the relation's id."""
    mark = build.next_id()
    await build.apply(ops.AddTagFollow(id=mark, account_id=account.id, tag=tag, created_at=1))
    return mark


async def feature_tag(build: Builder, account: Account, tag: str) -> int:
    """A tag on the profile; its id."""
    mark = build.next_id()
    await build.apply(ops.AddFeaturedTag(id=mark, account_id=account.id, tag=tag, created_at=1))
    return mark


def marks(listing: Listing[Marked]) -> list[tuple[int, str]]:
    """The ids of marks, and the texts of what is marked."""
    return [(marked.id, marked.entry.post.text) for marked in listing.items]


class MarkTests(StorageTests):
    """What people mark for themselves."""

    async def test_marks_are_listed_by_their_own_ids_as_long_as_the_posts_may_be_seen(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        older, newer = await build.post(bob, "older"), await build.post(bob, "newer")
        theirs = await build.post(cy, "hidden later")
        for read, mark in (
            (storage.marks.bookmarks, bookmark),
            (storage.marks.favourites, lambda build, account, post: build.favourite(account, post)),
        ):
            first, second, third = [await mark(build, ada, post) for post in (newer, theirs, older)]
            found = await read(ada.id, ALL)
            assert marks(found) == [(third, "older"), (second, "hidden later"), (first, "newer")]
            page = await read(ada.id, Page(limit=1, max_id=third))
            assert (marks(page), page.older, page.newer) == ([(second, "hidden later")], second, second)
            assert marks(await read(bob.id, ALL)) == []
        await build.block(cy, ada)
        assert [text for _, text in marks(await storage.marks.bookmarks(ada.id, ALL))] == ["older", "newer"]
        await build.apply(ops.DeletePost(post=newer))
        assert [text for _, text in marks(await storage.marks.favourites(ada.id, ALL))] == ["older"]

    async def test_an_entry_says_what_its_viewer_marked_and_nobody_elses_marks(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, "hello")
        answer = await build.post(bob, "hi", answers=post)
        await bookmark(build, bob, post)
        await pin(build, ada, post)
        await build.apply(ops.AddThreadMute(account_id=ada.id, thread_id=post.thread_id, created_at=1))

        async def flags(viewer: int | None, post_id: int) -> tuple[bool, bool, bool]:
            entry = await seen(build, viewer, post_id)
            return entry.bookmarked, entry.pinned, entry.muted

        assert await flags(ada.id, post.id) == (False, True, True)
        assert await flags(ada.id, answer.id) == (False, False, True)
        assert await flags(bob.id, post.id) == (True, False, False)
        assert await flags(None, post.id) == (False, False, False)
        home = (await storage.timelines.home(ada.id, ALL, HomeSource.ROWS)).items[0]
        assert (home.pinned, home.muted, home.bookmarked) == (True, True, False)
        await build.apply(
            ops.DeleteBookmark(account_id=bob.id, post_id=post.id),
            ops.DeletePin(account_id=ada.id, post_id=post.id),
            ops.DeleteThreadMute(account_id=ada.id, thread_id=post.thread_id),
        )
        assert await flags(ada.id, post.id) == await flags(bob.id, post.id) == (False, False, False)

    async def test_marks_need_what_they_mark_and_come_once(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, "hello")
        await bookmark(build, bob, post)
        await pin(build, ada, post)
        await build.apply(ops.AddThreadMute(account_id=ada.id, thread_id=post.id, created_at=1))
        await follow_tag(build, ada, "tea")
        await feature_tag(build, ada, "tea")
        mark, at = build.next_id(), build.clock.now()
        for guard, operation in (
            ("bookmark", ops.AddBookmark(id=mark, account_id=bob.id, post_id=post.id, created_at=at)),
            ("exists", ops.AddBookmark(id=mark, account_id=bob.id, post_id=1, created_at=at)),
            ("pin", ops.AddPin(id=mark, account_id=ada.id, post_id=post.id, created_at=at)),
            ("exists", ops.AddPin(id=mark, account_id=bob.id, post_id=post.id, created_at=at)),
            ("thread", ops.AddThreadMute(account_id=ada.id, thread_id=post.id, created_at=at)),
            ("exists", ops.AddThreadMute(account_id=1, thread_id=post.id, created_at=at)),
            ("tag", ops.AddTagFollow(id=mark, account_id=ada.id, tag="tea", created_at=at)),
            ("exists", ops.AddTagFollow(id=mark, account_id=1, tag="tea", created_at=at)),
            ("featured", ops.AddFeaturedTag(id=mark, account_id=ada.id, tag="tea", created_at=at)),
        ):
            await refused(build, guard, operation)

    async def test_there_may_only_be_so_many_pins_and_tags(self, build: Builder) -> None:
        ada = await build.account("ada")
        posts = [await build.post(ada) for _ in range(PINS_MAX + 1)]
        for post in posts[:-1]:
            await pin(build, ada, post)
        mark, at = build.next_id(), build.clock.now()
        await refused(
            build, "pins", ops.AddPin(id=mark, account_id=ada.id, post_id=posts[-1].id, created_at=at)
        )
        for number in range(FOLLOWED_TAGS_MAX):
            await follow_tag(build, ada, f"tag{number}")
        for number in range(FEATURED_TAGS_MAX):
            await feature_tag(build, ada, f"tag{number}")
        many = ops.AddTagFollow(id=mark, account_id=ada.id, tag="more", created_at=at)
        await refused(build, "tags", many)
        shown = ops.AddFeaturedTag(id=mark, account_id=ada.id, tag="more", created_at=at)
        await refused(build, "featured_tags", shown)

    async def test_an_account_shows_its_pinned_posts_newest_pin_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first, second = await build.post(ada, "first"), await build.post(ada, "second", tags=("tea",))
        secret = await build.post(ada, "for followers", visibility=Visibility.FOLLOWERS)
        await build.post(ada, "not pinned")
        for post in (second, secret, first):
            await pin(build, ada, post)

        async def pinned(viewer: int | None, page: Page = ALL, tag: str = "") -> list[str]:
            listing = await storage.timelines.account_posts(viewer, ada.id, page, pinned=True, tag=tag)
            assert (listing.older, listing.newer) == (None, None)
            return [entry.post.text for entry in listing.items]

        assert await pinned(ada.id) == ["first", "for followers", "second"]
        assert await pinned(bob.id) == await pinned(None) == ["first", "second"]
        assert await pinned(None, tag="tea") == ["second"]
        assert await pinned(None, Page(limit=5, max_id=second.id)) == ["first"]
        await build.apply(ops.DeletePost(post=first))
        assert await pinned(None) == ["second"]

    async def test_an_accounts_posts_are_chosen_by_kind_and_tag(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        other = await build.post(bob, "other", tags=("tea",))
        own = await build.post(ada, "own", tags=("tea",))
        answer = await build.post(ada, "answer", answers=other, tags=("tea",))
        more = await build.post(ada, "more", answers=own)
        quiet = await build.post(ada, "quiet", visibility=Visibility.UNLISTED, tags=("tea",))
        secret = await build.post(ada, "secret", visibility=Visibility.FOLLOWERS, tags=("tea",))
        boost = await build.boost(ada, other)

        async def found(viewer: Account | None, **how: object) -> list[int]:
            viewer_id = viewer.id if viewer else None
            return ids(await storage.timelines.account_posts(viewer_id, ada.id, ALL, **how))  # type: ignore[arg-type]

        shown = [boost.id, quiet.id, more.id, answer.id, own.id]
        assert await found(bob) == await found(None) == shown
        assert await found(ada) == [boost.id, secret.id, *shown[1:]]
        assert await found(bob, replies=False) == [boost.id, quiet.id, more.id, own.id]
        assert await found(bob, boosts=False) == shown[1:]
        assert await found(bob, replies=False, boosts=False) == [quiet.id, more.id, own.id]
        assert await found(bob, tag="tea") == [quiet.id, answer.id, own.id]
        assert await found(ada, tag="tea", replies=False) == [secret.id, quiet.id, own.id]
        await build.edit(quiet, "quiet", tags=("coffee",))
        assert await found(bob, tag="tea") == [answer.id, own.id]
        assert await found(bob, tag="coffee") == [quiet.id]
        await build.block(ada, bob)
        assert await found(bob) == []
        await build.set_state(ada, AccountState.SUSPENDED)
        assert await found(None) == await found(ada) == await found(ada, pinned=True) == []

    async def test_notifications_of_a_muted_thread_are_neither_shown_nor_counted(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        answer, other = await build.post(bob, answers=post), await build.post(bob)
        await build.notify(ada, NotificationKind.REPLY, bob, answer)
        mention = await build.notify(ada, NotificationKind.MENTION, bob, other)
        follow = await build.notify(ada, NotificationKind.FOLLOW, bob)

        async def told() -> list[int]:
            page = await storage.notifications.page(ada.id, ALL)
            assert await storage.notifications.unread(ada.id) == len(page.items)
            return [item.id for item in page.items]

        assert len(await told()) == 3
        await build.apply(ops.AddThreadMute(account_id=ada.id, thread_id=post.thread_id, created_at=1))
        assert await told() == [follow.id, mention.id]
        await build.apply(ops.DeleteThreadMute(account_id=ada.id, thread_id=post.thread_id))
        assert len(await told()) == 3

    async def test_markers_count_their_changes_and_the_one_of_notifications_never_goes_back(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        told = [await build.notify(ada, NotificationKind.FOLLOW, bob) for _ in range(2)]
        assert list(await storage.marks.markers(ada.id)) == []
        home, at = MarkerTimeline.HOME, build.clock.now()
        await build.apply(ops.SetMarkers(account_id=ada.id, home=20, notifications=told[1].id, updated_at=at))
        await build.apply(
            ops.SetMarkers(account_id=ada.id, home=10, notifications=told[0].id, updated_at=at + 1)
        )
        assert list(await storage.marks.markers(ada.id)) == [
            Marker(timeline=home, last_read_id=10, version=2, updated_at=at + 1),
            Marker(timeline=MarkerTimeline.NOTIFICATIONS, last_read_id=told[1].id, version=1, updated_at=at),
        ]
        assert await storage.notifications.unread(ada.id) == 0
        later = await build.notify(ada, NotificationKind.FOLLOW, bob)
        assert await storage.notifications.unread(ada.id) == 1
        await build.apply(ops.MarkNotificationsRead(account_id=ada.id, up_to_id=later.id, at=at + 2))
        assert (await storage.marks.markers(ada.id))[1] == Marker(
            timeline=MarkerTimeline.NOTIFICATIONS, last_read_id=later.id, version=2, updated_at=at + 2
        )
        await build.apply(ops.SetMarkers(account_id=1, home=1, updated_at=1))
        assert list(await storage.marks.markers(1)) == []

    async def test_notifications_are_found_by_kind_by_actor_and_by_id(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        post = await build.post(ada)
        follow = await build.notify(ada, NotificationKind.FOLLOW, bob)
        like = await build.notify(ada, NotificationKind.FAVOURITE, cy, post)
        boost = await build.notify(ada, NotificationKind.BOOST, bob, post)
        other = await build.notify(bob, NotificationKind.FOLLOW, cy)

        async def found(**how: object) -> list[int]:
            page = await storage.notifications.page(ada.id, ALL, **how)  # type: ignore[arg-type]
            return [item.id for item in page.items]

        assert await found(kinds=["follow", "boost"]) == [boost.id, follow.id]
        assert await found(without=["follow"]) == [boost.id, like.id]
        assert await found(kinds=["follow", "boost"], without=["boost", "nothing"]) == [follow.id]
        assert await found(account_id=bob.id) == [boost.id, follow.id]
        assert await found(account_id=bob.id, kinds=["boost"]) == [boost.id]
        assert await found(kinds=["nothing"]) == []
        one = await storage.notifications.get(ada.id, like.id)
        assert one is not None
        assert (one.id, one.kind, one.actor.id) == (like.id, NotificationKind.FAVOURITE, cy.id)
        assert await storage.notifications.get(ada.id, other.id) is None
        await build.apply(ops.DismissNotification(account_id=ada.id, notification_id=other.id))
        assert await storage.notifications.get(bob.id, other.id) is not None
        await build.apply(ops.DismissNotification(account_id=ada.id, notification_id=like.id))
        assert await found() == [boost.id, follow.id]
        await build.apply(ops.ClearNotifications(account_id=ada.id))
        assert await found() == []
        assert await storage.notifications.get(bob.id, other.id) is not None


class TagTests(StorageTests):
    """Tags that are followed, shown and counted."""

    @pytest.mark.parametrize("source", HomeSource)
    async def test_public_posts_with_followed_tags_come_into_the_home_timeline(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(ada, bob)
        both = await build.post(cy, "both", tags=("cats", "tea"))
        await build.post(cy, "neither", tags=("dogs",))
        await build.post(cy, "not public", tags=("tea",), visibility=Visibility.UNLISTED)
        await build.post(cy, "an answer", tags=("tea",), answers=await build.post(bob, "known"))
        tea = await build.post(cy, "tea", tags=("tea",))
        known = await build.post(bob, "known and tea", tags=("tea",))

        async def home(page: Page = ALL) -> list[str]:
            listing = await storage.timelines.home(ada.id, page, source)
            return [entry.post.text for entry in listing.items]

        assert await home() == ["known and tea", "known"]
        await follow_tag(build, ada, "tea")
        await follow_tag(build, ada, "cats")
        assert await home() == ["known and tea", "tea", "known", "both"]
        assert await home(Page(limit=2)) == ["known and tea", "tea"]
        assert await home(Page(limit=5, max_id=known.id)) == ["tea", "known", "both"]
        assert await home(Page(limit=1, min_id=both.id)) == ["known"]
        page = await storage.timelines.home(ada.id, Page(limit=1, max_id=known.id), source)
        assert (ids(page), page.newer, page.older) == ([tea.id], tea.id, tea.id)
        await build.mute(ada, cy)
        assert await home() == ["known and tea", "known"]
        await build.apply(ops.DeleteTagFollow(account_id=ada.id, tag="tea"))
        await build.apply(ops.DeleteMute(muter_id=ada.id, muted_id=cy.id))
        assert await home() == ["known and tea", "known", "both"]

    async def test_tag_timelines_widen_and_narrow_by_other_tags(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        made = {
            name: (await build.post(ada, name, tags=tuple(name.split()))).id
            for name in ("a", "b", "a b", "a c", "b c", "a b c", "d")
        }

        async def found(page: Page = ALL, **how: Any) -> list[str]:
            listing = await storage.timelines.tag(None, "a", page, **how)
            names = {post_id: name for name, post_id in made.items()}
            return [names[post_id] for post_id in ids(listing)]

        assert await found() == ["a b c", "a c", "a b", "a"]
        assert await found(any=("b", "d")) == ["d", "a b c", "b c", "a c", "a b", "b", "a"]
        assert await found(all=("b",)) == ["a b c", "a b"]
        assert await found(none=("c", "d")) == ["a b", "a"]
        assert await found(any=("b",), all=("c",), none=("d",)) == ["a b c", "b c", "a c"]
        assert await found(Page(limit=2), any=("b", "d")) == ["d", "a b c"]
        older = await storage.timelines.tag(None, "a", Page(limit=2, max_id=made["d"]), any=("b", "d"))
        assert (ids(older), older.newer, older.older) == (
            [made["a b c"], made["b c"]],
            made["a b c"],
            made["b c"],
        )
        assert await found(Page(limit=1, min_id=made["a"]), any=("b",)) == ["b"]

    async def test_a_tag_tells_how_it_was_used_on_the_last_seven_days(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        today = build.clock.now() // DAY * DAY
        await build.post(ada, tags=("tea",))
        await build.post(ada, tags=("tea",), visibility=Visibility.UNLISTED)
        build.clock.advance(2 * 24 * 3600)
        for author in (ada, ada, bob):
            await build.post(author, tags=("tea",))
        info = await storage.tags.get(ada.id, "tea", build.clock.now())
        assert (info.name, info.following, info.featured, len(info.history)) == ("tea", False, False, 7)
        assert info.history[:3] == (
            TagDay(today + 2 * DAY, 3, 2),
            TagDay(today + DAY, 0, 0),
            TagDay(today, 1, 1),
        )
        await follow_tag(build, ada, "tea")
        await feature_tag(build, ada, "tea")
        build.clock.advance(6 * 24 * 3600)
        info = await storage.tags.get(ada.id, "tea", build.clock.now())
        assert (info.following, info.featured, info.history[6].uses) == (True, True, 3)
        unused = await storage.tags.get(None, "coffee", build.clock.now())
        assert (unused.following, sum(day.uses for day in unused.history)) == (False, 0)

    async def test_followed_and_featured_tags_are_listed_newest_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        first, second = [await follow_tag(build, ada, tag) for tag in ("tea", "cats")]
        page = await storage.tags.followed(ada.id, Page(limit=1))
        assert ([(tag.id, tag.name) for tag in page.items], page.older) == ([(second, "cats")], second)
        page = await storage.tags.followed(ada.id, Page(limit=1, max_id=second))
        assert [(tag.id, tag.name) for tag in page.items] == [(first, "tea")]
        await build.post(ada, tags=("tea", "cats"))
        last = await build.post(ada, tags=("tea",), visibility=Visibility.UNLISTED)
        await build.post(ada, tags=("tea",), visibility=Visibility.FOLLOWERS)
        assert list(await storage.tags.uses(ada.id, 5)) == [TagUse("tea", 2), TagUse("cats", 1)]
        assert list(await storage.tags.uses(ada.id, 1)) == [TagUse("tea", 2)]
        tea, birds = await feature_tag(build, ada, "tea"), await feature_tag(build, ada, "birds")
        assert list(await storage.tags.featured(ada.id)) == [
            FeaturedTag(id=birds, name="birds"),
            FeaturedTag(id=tea, name="tea", posts_count=2, last_post_at=last.created_at),
        ]
        assert list(await storage.tags.uses(ada.id, 5)) == [TagUse("cats", 1)]
        await build.apply(ops.DeleteFeaturedTag(account_id=ada.id, tag="tea"))
        assert [tag.name for tag in await storage.tags.featured(ada.id)] == ["birds"]
