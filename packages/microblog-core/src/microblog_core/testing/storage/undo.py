"""Posts that are hidden, brought back, removed: nobody sees them meanwhile, and nothing of them is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Entry, Post, Visibility
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import (
    AddBookmark,
    AddPin,
    AddPost,
    DeletePost,
    HidePost,
    RestorePost,
)
from microblog_core.ports.storage import Storage
from microblog_core.ports.undo import HiddenPost
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


def hiding(post: Post, at: int = 1000) -> HidePost:
    return HidePost(post=post, hidden_at=at)


def restoring(post: Post, since: int = 1000, account_id: int | None = None) -> RestorePost:
    return RestorePost(post=post, account_id=account_id or post.account_id, since=since)


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of posts by where they are shown, counts, and single posts."""

    lines: dict[str, frozenset[int]]
    posts: int
    replies: int
    single: list[Entry | None]
    unread: int


class UndoTests(StorageTests):
    """Hide, restore, remove."""

    async def test_nobody_sees_a_hidden_post_anywhere_and_all_is_back_when_it_is(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, ben, cat = await build.people("ada", "ben", "cat")
        await build.follow(ben, ada)
        parent = await build.post(cat)
        post = await build.post(ada, "tea", tags=("tea",), answers=parent, mentions=(ben,))
        own = await build.post(ada, "plain", tags=("tea",))
        for each in (post, own):
            await build.favourite(ben, each)
            await build.boost(cat, each)
            await build.apply(
                AddBookmark(id=build.next_id(), account_id=ben.id, post_id=each.id, created_at=1),
                AddPin(id=build.next_id(), account_id=ada.id, post_id=each.id, created_at=1),
            )
            await build.notify(ben, NotificationKind.MENTION, ada, each)
        before = await self._seen(storage, build, ada, ben, parent, post, own)
        for each in (post, own):
            await build.apply(hiding(each))
        hidden = await self._seen(storage, build, ada, ben, parent, post, own)
        gone = {post.id, own.id}
        assert {name: lines & gone for name, lines in hidden.lines.items() if lines & gone} == {}
        assert all(lines & gone for lines in before.lines.values()), "each was there before"
        assert (hidden.posts, hidden.replies) == (before.posts - 2, before.replies - 1)
        assert hidden.single == [None] * 6
        for each in (post, own):
            await build.apply(restoring(each))
        assert await self._seen(storage, build, ada, ben, parent, post, own) == before

    async def _seen(
        self,
        storage: Storage,
        build: Builder,
        ada: Account,
        ben: Account,
        parent: Post,
        post: Post,
        own: Post,
    ) -> _Seen:
        """What people see."""
        viewers = (ada.id, ben.id, None)
        lines: dict[str, frozenset[int]] = {}
        for viewer in viewers:
            profile = await storage.timelines.profile(viewer, "ada", "", ALL, replies=True)
            assert profile is not None
            lines[f"profile {viewer}"] = _posts(profile.posts.items)
            thread = await storage.posts.thread(viewer, parent.id)
            assert thread is not None
            lines[f"thread {viewer}"] = _posts(thread.descendants)
            lines[f"public {viewer}"] = _posts((await storage.timelines.public(viewer, ALL)).items)
            lines[f"many {viewer}"] = _posts(await storage.posts.get_many(viewer, [post.id, own.id]))
            tagged = await storage.timelines.tag(viewer, "tea", ALL)
            lines[f"tag {viewer}"] = _posts(tagged.items)
            pinned = await storage.timelines.account_posts(viewer, ada.id, ALL, pinned=True)
            lines[f"pinned {viewer}"] = _posts(pinned.items)
        for source in HomeSource:
            home = await storage.timelines.home(ben.id, ALL, source)
            lines[f"home {source}"] = _posts(home.items)
        listed = await storage.notifications.page(ben.id, ALL)
        lines["notifications"] = frozenset(each.entry.post.id for each in listed.items if each.entry)
        for name in ("favourites", "bookmarks"):
            marked = await getattr(storage.marks, name)(ben.id, ALL)
            lines[name] = _posts(each.entry for each in marked.items)
        account, answered = await storage.accounts.get(ada.id), await storage.posts.get(None, parent.id)
        assert account is not None and answered is not None
        single = [await storage.posts.get(viewer, each.id) for viewer in viewers for each in (post, own)]
        return _Seen(
            lines=lines,
            posts=account.posts_count,
            replies=answered.post.replies_count,
            single=single,
            unread=await storage.notifications.unread(ben.id),
        )

    @pytest.mark.parametrize("visibility", list(Visibility))
    async def test_a_hidden_post_is_removed_and_counted_out_once(
        self, storage: Storage, build: Builder, visibility: Visibility
    ) -> None:
        ada, ben = await build.people("ada", "ben")
        parent = await build.post(ben)
        post = await build.post(ada, "x", visibility=visibility, answers=parent)
        await build.post(ada, "stays")
        await build.apply(hiding(post, 2000))
        await build.apply(DeletePost(post=post, deleted_at=1, hidden_at=2000))
        account, answered = await storage.accounts.get(ada.id), await storage.posts.get(None, parent.id)
        assert account is not None and answered is not None
        assert (account.posts_count, answered.post.replies_count) == (1, 0)
        assert await storage.hidden.get(ada.id, post.id) is None
        await refused(build, "undo", restoring(post))

    async def test_who_hides_what_when_is_guarded(self, storage: Storage, build: Builder) -> None:
        ada, ben = await build.people("ada", "ben")
        post = await build.post(ada)
        await refused(build, "undo", restoring(post))
        await refused(build, "exists", DeletePost(post=post, hidden_at=5000))
        await build.apply(hiding(post, 5000))
        await refused(build, "exists", hiding(post, 6000))
        await refused(build, "exists", DeletePost(post=post))
        await refused(build, "exists", DeletePost(post=post, hidden_at=4999))
        await refused(build, "undo", restoring(post, since=5001))
        await refused(build, "undo", restoring(post, account_id=ben.id))
        account = await storage.accounts.get(ada.id)
        assert account is not None and account.posts_count == 0
        await build.apply(restoring(post, since=5000))
        await refused(build, "undo", restoring(post, since=5000))
        await refused(build, "exists", DeletePost(post=post, hidden_at=5000))
        account = await storage.accounts.get(ada.id)
        assert account is not None and account.posts_count == 1

    async def test_of_undoing_and_removing_at_once_one_happens(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        for number in range(5):
            post = await build.post(ada, str(number))
            await build.apply(hiding(post))
            attempts = [restoring(post), DeletePost(post=post, hidden_at=1000)] * 3
            results = await asyncio.gather(*map(build.apply, attempts), return_exceptions=True)
            assert sum(result is None for result in results) == 1, results
            assert all(isinstance(result, Conflict) for result in results if result is not None)
            there = results.index(None) % 2 == 0
            assert (await storage.posts.get(None, post.id) is not None) == there
            account = await storage.accounts.get(ada.id)
            assert account is not None
            if there:
                await build.apply(DeletePost(post=post))
                assert account.posts_count == 1
            else:
                assert account.posts_count == 0

    async def test_hidden_posts_are_found_the_longest_hidden_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, ben = await build.people("ada", "ben")
        posts = [await build.post(ada, str(number)) for number in range(3)]
        for post, at in zip(posts, (3000, 1000, 2000), strict=True):
            await build.apply(hiding(post, at))
        found = await storage.hidden.before(3000, 10)
        assert [(each.post.id, each.hidden_at) for each in found] == [
            (posts[1].id, 1000),
            (posts[2].id, 2000),
        ]
        assert len(await storage.hidden.before(9000, 2)) == 2
        mine = await storage.hidden.get(ada.id, posts[0].id)
        assert mine == HiddenPost(posts[0], 3000)
        assert await storage.hidden.get(ben.id, posts[0].id) is None

    async def test_a_quote_that_is_hidden_counts_no_longer(self, storage: Storage, build: Builder) -> None:
        ada, ben = await build.people("ada", "ben")
        quoted = await build.post(ben)
        quote = msgspec.structs.replace(build.draft(ada, "look"), quote_of_id=quoted.id)
        await build.apply(AddPost(post=quote))

        async def count() -> int:
            found = await storage.posts.get(None, quoted.id)
            assert found is not None
            return found.post.quotes_count

        assert await count() == 1
        await build.apply(hiding(quote))
        assert await count() == 0
        assert (await storage.quotes.of(None, quoted.id, Page())).items == ()
        await build.apply(restoring(quote))
        assert await count() == 1


def _posts(entries: Iterable[Entry]) -> frozenset[int]:
    """The posts that lines of a listing show, boosted ones too."""
    return frozenset(entry.post.id for entry in entries)
