"""Notifications: their entries, marks and removal. Who may see which is in `visibility`."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.notifications import NotificationKind
from microblog_core.ports.operations import (
    AddNotification,
    DeleteNotifications,
    DismissNotifications,
    MarkNotificationsRead,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


class NotificationTests(StorageTests):
    """What happened to somebody."""

    async def test_an_entry_tells_who_did_what_with_which_post(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        post = await build.post(ada, "post")
        await build.favourite(ada, post)
        followed = await build.notify(ada, NotificationKind.FOLLOW, bob)
        liked = await build.notify(ada, NotificationKind.FAVOURITE, cy, post)
        await build.notify(bob, NotificationKind.FOLLOW, cy)
        page = await storage.notifications.page(ada.id, ALL)
        first, second = page.items
        assert (first.id, first.kind, first.actor.id, first.created_at, first.unread) == (
            liked.id,
            NotificationKind.FAVOURITE,
            cy.id,
            liked.created_at,
            True,
        )
        assert first.entry is not None
        assert (first.entry.post.text, first.entry.author.id, first.entry.favourited) == (
            "post",
            ada.id,
            True,
        )
        assert (second.id, second.kind, second.entry) == (followed.id, NotificationKind.FOLLOW, None)

    async def test_those_about_one_post_are_found_and_dismissed_together(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        post, other = await build.post(ada), await build.post(ada)
        liked = [await build.notify(ada, NotificationKind.FAVOURITE, who, post) for who in (bob, cy)]
        kept = [
            await build.notify(ada, NotificationKind.FAVOURITE, bob, other),
            await build.notify(ada, NotificationKind.BOOST, bob, post),
            await build.notify(ada, NotificationKind.FOLLOW, bob),
        ]
        theirs = await build.notify(bob, NotificationKind.FAVOURITE, cy, post)

        async def about(**which: Any) -> list[int]:
            page = await storage.notifications.page(ada.id, ALL, **which)
            return [told.id for told in page.items]

        assert await about(post_id=post.id, kinds=["favourite"]) == [liked[1].id, liked[0].id]
        assert await about(post_id=post.id) == [kept[1].id, liked[1].id, liked[0].id]
        assert await about(post_id=post.id, account_id=bob.id) == [kept[1].id, liked[0].id]
        await build.apply(DismissNotifications(account_id=ada.id, kind="favourite", post_id=post.id))
        assert await about() == [told.id for told in reversed(kept)]
        await build.apply(DismissNotifications(account_id=ada.id, kind="follow"))
        assert await about() == [kept[1].id, kept[0].id]
        assert await storage.notifications.get(bob.id, theirs.id) is not None

    async def test_an_id_is_given_once(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        told = await build.notify(ada, NotificationKind.FOLLOW, bob)
        again = msgspec.structs.replace(told, kind=NotificationKind.MENTION)
        await refused(build, "id", AddNotification(notification=again))

    async def test_the_mark_of_what_was_read_never_goes_back(self, storage: Storage, build: Builder) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        told = [await build.notify(ada, NotificationKind.FOLLOW, bob) for _ in range(3)]
        await build.notify(cy, NotificationKind.FOLLOW, bob)

        async def unread() -> list[bool]:
            page = await storage.notifications.page(ada.id, ALL)
            assert await storage.notifications.unread(ada.id) == sum(item.unread for item in page.items)
            return [item.unread for item in page.items]

        assert await unread() == [True, True, True]
        await build.apply(MarkNotificationsRead(account_id=ada.id, up_to_id=told[1].id))
        assert await unread() == [True, False, False]
        await build.apply(MarkNotificationsRead(account_id=ada.id, up_to_id=told[0].id))
        assert await unread() == [True, False, False]
        await build.apply(MarkNotificationsRead(account_id=ada.id, up_to_id=told[2].id))
        assert await unread() == [False, False, False]
        assert await storage.notifications.unread(cy.id) == 1
        await build.apply(MarkNotificationsRead(account_id=1, up_to_id=told[2].id))

    async def test_unread_ones_are_counted_up_to_a_limit(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        for _ in range(5):
            await build.notify(ada, NotificationKind.FOLLOW, bob)
        assert await storage.notifications.unread(ada.id) == 5
        assert await storage.notifications.unread(ada.id, limit=3) == 3

    async def test_what_was_taken_back_is_removed_and_nothing_else(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        post, other = await build.post(ada), await build.post(ada)
        gone = await build.notify(ada, NotificationKind.FAVOURITE, bob, post)
        kept = [
            await build.notify(ada, NotificationKind.FAVOURITE, bob, other),
            await build.notify(ada, NotificationKind.FAVOURITE, cy, post),
            await build.notify(ada, NotificationKind.BOOST, bob, post),
            await build.notify(ada, NotificationKind.FOLLOW, bob),
        ]

        async def left() -> list[int]:
            return [item.id for item in (await storage.notifications.page(ada.id, ALL)).items]

        taken_back = DeleteNotifications(
            account_id=ada.id, kind=NotificationKind.FAVOURITE, actor_id=bob.id, post_id=post.id
        )
        assert gone.id in await left()
        for _ in range(2):
            await build.apply(taken_back)
            assert await left() == [told.id for told in reversed(kept)]
        unfollowed = DeleteNotifications(account_id=ada.id, kind=NotificationKind.FOLLOW, actor_id=bob.id)
        await build.apply(unfollowed)
        assert await left() == [told.id for told in reversed(kept[:3])]
