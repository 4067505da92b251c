"""Random histories of those who use everything: bookmarks, pins, threads, requests, options, tags, notes.

They go on beside the reference as `histories` says; what ends by itself does so long ago or in a distant
future, so that no clock matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from microblog_core.domain.lists import List, RepliesPolicy
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Post
from microblog_core.domain.relations import FollowOptions
from microblog_core.domain.timelines import Page
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.testing.storage.base import StorageTests
from microblog_core.testing.storage.life import TAGS, Life, Step

STEPS = 75
LOOK_EVERY = 25
LONG_AGO = 1
NEVER = 1 << 45
LANGUAGES = ("en", "de", "")
PAGES = (Page(limit=80), Page(limit=3))


class MarkedLife(Life):
    """One random history with all that people may mark."""

    def steps(self) -> Sequence[Step]:
        """What may happen, each with how often."""
        return (
            *super().steps(),
            (4, self.bookmark),
            (3, self.pin),
            (2, self.mute_thread),
            (3, self.ask),
            (3, self.answer_request),
            (3, self.choose),
            (2, self.lock),
            (3, self.note_or_mute),
            (4, self.tag),
            (2, self.mark),
            (1, self.forget),
            (2, self.put_on_list),
            (1, self.change_list),
        )

    def boolean(self) -> bool:
        """Yes or no."""
        return self.random.random() < 0.5

    def options(self) -> FollowOptions:
        """Any options of a follow."""
        languages = tuple(self.random.sample(LANGUAGES[:2], self.random.randrange(3)))
        return FollowOptions(boosts=self.boolean(), notify=self.boolean(), languages=languages)

    async def publish(self, answers: Post | None = None) -> None:
        """Somebody writes a post in some language."""
        right = self.build.draft
        language = self.random.choice(LANGUAGES)
        self.build.draft = lambda *args, **more: right(*args, **more, language=language)  # type: ignore[method-assign]
        try:
            await super().publish(answers)
        finally:
            self.build.draft = right  # type: ignore[method-assign]

    async def bookmark(self) -> None:
        """Somebody keeps a post, or no longer does."""
        post, account_id = self.a_post(), self.somebody().id
        if post is not None and self.random.random() < 0.7:
            added = ops.AddBookmark(
                id=self.build.next_id(), account_id=account_id, post_id=post.id, created_at=1
            )
            self.remember("bookmark", (account_id, post.id), there=await self.both(added))
        else:
            account_id, post_id = self.undone("bookmark", (account_id, 1))
            await self.both(ops.DeleteBookmark(account_id=account_id, post_id=post_id))

    async def pin(self) -> None:
        """Somebody shows a post on top, mostly an own one, or no longer does."""
        post = self.a_post()
        if post is None:
            return
        account_id = post.account_id if self.random.random() < 0.9 else self.somebody().id
        pin_id = self.build.next_id()
        if self.random.random() < 0.8:
            await self.both(ops.AddPin(id=pin_id, account_id=account_id, post_id=post.id, created_at=1))
        else:
            await self.both(ops.DeletePin(account_id=account_id, post_id=post.id))

    async def mute_thread(self) -> None:
        """Somebody has enough of a thread, or is interested again."""
        post, account_id = self.a_post(), self.somebody().id
        if post is not None and self.random.random() < 0.7:
            await self.both(ops.AddThreadMute(account_id=account_id, thread_id=post.thread_id, created_at=1))
        elif post is not None:
            await self.both(ops.DeleteThreadMute(account_id=account_id, thread_id=post.thread_id))

    async def follow(self) -> None:
        """Somebody follows somebody, with options."""
        follower, followee = self.two()
        await self.both(
            ops.AddFollow(
                id=self.build.next_id(),
                follower_id=follower,
                followee_id=followee,
                created_at=1,
                options=self.options() if self.boolean() else FollowOptions(),
            ),
            ops.BackfillHome(account_id=follower, author_id=followee, limit=80),
        )

    async def ask(self) -> None:
        """Somebody asks to follow somebody."""
        follower, followee = pair = self.two()
        asked = ops.AddFollowRequest(
            id=self.build.next_id(),
            follower_id=follower,
            followee_id=followee,
            created_at=1,
            options=self.options(),
        )
        self.remember("request", pair, there=await self.both(asked))

    async def answer_request(self) -> None:
        """A request is accepted or comes to nothing."""
        follower, followee = self.undone("request", self.two())
        if self.random.random() < 0.7:
            accepted = ops.AcceptFollow(
                id=self.build.next_id(), follower_id=follower, followee_id=followee, created_at=1
            )
            await self.both(accepted, ops.BackfillHome(account_id=follower, author_id=followee, limit=80))
        else:
            await self.both(ops.DeleteFollowRequest(follower_id=follower, followee_id=followee))

    async def choose(self) -> None:
        """Somebody chooses other options."""
        follower, followee = self.two()
        await self.both(ops.UpdateFollow(follower_id=follower, followee_id=followee, options=self.options()))

    async def lock(self) -> None:
        """Somebody changes a few things of their profile."""
        account = await self.reference.accounts.get(self.somebody().id)
        assert account is not None
        names = ("locked", "hide_collections", "bot", "discoverable", "indexable")
        given: dict[str, Any] = {name: self.boolean() for name in names if self.boolean()}
        if self.boolean():
            given["display_name"] = self.random.choice(("Cätherine", "", "cat", "Éve"))
        await self.both(ops.UpdateProfile(account_id=account.id, version=account.version, **given))

    async def note_or_mute(self) -> None:
        """Somebody notes something about somebody, or mutes them in another way."""
        one, other = self.two()
        ends = self.random.choice((None, LONG_AGO, NEVER))
        mute = ops.AddMute(
            id=self.build.next_id(),
            muter_id=one,
            muted_id=other,
            created_at=LONG_AGO + 1,
            notifications=self.boolean(),
            expires_at=ends,
        )
        operations: tuple[ops.Operation, ...] = (
            ops.SetNote(account_id=one, about_id=other, note=self.random.choice(("", "kind"))),
            ops.UpdateMute(muter_id=one, muted_id=other, notifications=self.boolean(), expires_at=ends),
            ops.DeleteMute(muter_id=one, muted_id=other, expires_at=NEVER),
            mute,
            mute,
        )
        await self.both(self.random.choice(operations))

    async def tag(self) -> None:
        """Somebody follows or shows a tag, or no longer does."""
        account_id, tag = self.somebody().id, self.random.choice((*TAGS, "birds"))
        values = {"account_id": account_id, "tag": tag}
        added: Sequence[Callable[..., ops.Operation]] = (ops.AddTagFollow, ops.AddFeaturedTag)
        if self.random.random() < 0.7:
            await self.both(self.random.choice(added)(**values, id=self.build.next_id(), created_at=1))
        else:
            removed: Sequence[Callable[..., ops.Operation]] = (ops.DeleteTagFollow, ops.DeleteFeaturedTag)
            await self.both(self.random.choice(removed)(**values))

    async def mark(self) -> None:
        """Somebody has read so far, now and then less far than before."""
        moment = self.build.clock.advance(1)
        account_id, read = (
            self.somebody().id,
            [self.random.choice((None, moment, moment << 16)) for _ in "ab"],
        )
        await self.both(
            ops.SetMarkers(account_id=account_id, home=read[0], notifications=read[1], updated_at=moment)
        )

    async def forget(self) -> None:
        """Somebody dismisses a notification, or all."""
        account_id = self.somebody().id
        page = await self.reference.notifications.page(account_id, Page(limit=80))
        if page.items and self.random.random() < 0.8:
            told = self.random.choice(page.items).id
            owner = account_id if self.boolean() else self.somebody().id
            await self.both(ops.DismissNotification(account_id=owner, notification_id=told))
        else:
            await self.both(ops.ClearNotifications(account_id=account_id))

    async def put_on_list(self) -> None:
        """Somebody puts somebody on a list, whom they may not follow; they make one where they have none."""
        owner, member = self.two()
        if not self.lists.get(owner):
            made = List(
                id=self.build.next_id(),
                account_id=owner,
                title="Friends",
                replies_policy=self.random.choice(list(RepliesPolicy)),
                exclusive=self.random.random() < 0.5,
            )
            if await self.both(ops.AddList(list=made)):
                self.lists.setdefault(owner, []).append(made.id)
        await self.both(
            ops.AddListMembers(
                account_id=owner,
                list_id=self.random.choice(self.lists[owner]),
                members=((self.build.next_id(), member),),
                created_at=1,
            )
        )

    async def change_list(self) -> None:
        """Somebody changes or deletes a list, or takes somebody off."""
        owner, member = self.two()
        list_id = self.random.choice(self.lists.get(owner) or [1])
        policy, tag = self.random.choice(list(RepliesPolicy)), self.random.choice(TAGS)
        on_list: dict[str, Any] = {"account_id": owner, "list_id": list_id, "tag": tag}
        change: ops.Operation = self.random.choice(
            [
                ops.UpdateList(account_id=owner, list_id=list_id, replies_policy=policy),
                ops.UpdateList(account_id=owner, list_id=list_id, exclusive=self.random.random() < 0.5),
                ops.AddListTag(id=self.build.next_id(), created_at=1, limit=2, **on_list),
                ops.DeleteListTag(**on_list),
                ops.DeleteListMembers(account_id=owner, list_id=list_id, account_ids=(member,)),
                ops.DeleteList(account_id=owner, list_id=list_id),
            ]
        )
        if await self.both(change) and isinstance(change, ops.DeleteList):
            self.lists[owner] = [each for each in self.lists.get(owner, []) if each != list_id]

    async def everything(self, storage: Storage, viewer: int | None) -> dict[str, Any]:
        """All that the viewer can read, by a name for it."""
        shown = await super().everything(storage, viewer)
        people = [account.id for account in self.people]
        shown["people"] = list(await storage.accounts.get_many(viewer, [*people, 1, people[0]]))
        for words in (["c"], ["ca"], ["person"], ["a"], ["son", "b"]):
            found = await storage.accounts.search(viewer, words, limit=3, offset=1)
            shown[f"people with {words}"] = list(found)
        ids = [post.id for post in reversed(self.posts)]
        shown["posts"] = list(await storage.posts.get_many(viewer, [*ids, 1]))
        await self._posts_of_people(storage, viewer, shown)
        await self._tags(storage, viewer, shown)
        if viewer is not None:
            await self._own(storage, viewer, shown)
        return shown

    async def _posts_of_people(self, storage: Storage, viewer: int | None, shown: dict[str, Any]) -> None:
        reader = storage.timelines
        for account in self.people:
            for page in PAGES:
                for how in (
                    {},
                    {"replies": False},
                    {"boosts": False},
                    {"replies": False, "boosts": False},
                    {"tag": TAGS[0]},
                    {"tag": TAGS[0], "replies": False},
                    {"pinned": True},
                    {"pinned": True, "tag": TAGS[1]},
                ):
                    name = f"posts of {account.username} {page.limit} {how}"
                    shown[name] = await reader.account_posts(viewer, account.id, page, **how)

    async def _tags(self, storage: Storage, viewer: int | None, shown: dict[str, Any]) -> None:
        one, other = TAGS
        for page in PAGES:
            hows: tuple[dict[str, Any], ...] = (
                {"any": (other,)},
                {"all": (other,)},
                {"none": (other,)},
                {"any": (other,), "all": (one,)},
            )
            for how in hows:
                name = f"#{one} {page.limit} {how}"
                shown[name] = await storage.timelines.tag(viewer, one, page, **how)
        for tag in TAGS:
            shown[f"tag {tag}"] = await storage.tags.get(viewer, tag, self.build.clock.now())
        for account in self.people:
            shown[f"tags of {account.username}"] = list(await storage.tags.featured(account.id))
            shown[f"uses of {account.username}"] = list(await storage.tags.uses(account.id, 3))

    async def _own(self, storage: Storage, viewer: int, shown: dict[str, Any]) -> None:
        people = [account.id for account in self.people]
        shown["relations"] = dict(await storage.relations.get(viewer, people))
        familiar = await storage.relations.familiar_followers(viewer, people)
        shown["familiar"] = {key: list(found) for key, found in familiar.items()}
        notified = await storage.relations.notified_ids(viewer, 0, 80)
        shown["notified"] = [tuple(pair) for pair in notified]
        shown["found among followed"] = list(
            await storage.accounts.search(viewer, ["person"], limit=80, following=True)
        )
        shown["markers"] = list(await storage.marks.markers(viewer))
        for page in PAGES:
            shown[f"bookmarks {page.limit}"] = await storage.marks.bookmarks(viewer, page)
            shown[f"favourites {page.limit}"] = await storage.marks.favourites(viewer, page)
            shown[f"requests {page.limit}"] = await storage.relations.requests(viewer, page)
            shown[f"muted {page.limit}"] = await storage.relations.muted(viewer, page)
            shown[f"tags followed {page.limit}"] = await storage.tags.followed(viewer, page)
            await self._notifications(storage, viewer, page, shown)

    async def _notifications(self, storage: Storage, viewer: int, page: Page, shown: dict[str, Any]) -> None:
        kinds = (NotificationKind.FOLLOW, NotificationKind.MENTION)
        for how in ({"kinds": kinds}, {"without": kinds}, {"kinds": kinds, "without": kinds[:1]}):
            name = f"notifications {page.limit} {how}"
            shown[name] = await storage.notifications.page(viewer, page, **how)
        for account in self.people:
            name = f"notifications by {account.username} {page.limit}"
            shown[name] = await storage.notifications.page(viewer, page, account_id=account.id)
        for item in (await self.reference.notifications.page(viewer, page)).items:
            shown[f"notification {item.id}"] = await storage.notifications.get(viewer, item.id)


class MarkedHistoryTests(StorageTests):
    """Random histories with marks beside the reference."""

    @pytest.mark.parametrize("seed", range(3))
    async def test_everybody_finds_the_marks_that_the_reference_keeps(
        self, storage: Storage, seed: int
    ) -> None:
        life = MarkedLife(seed, storage)
        await life.begin()
        for number in range(1, STEPS + 1):
            await life.step()
            if number % LOOK_EVERY == 0:
                await life.compare()
