"""Posts, boosts and favourites: guards, counts, edits, and what goes with a post that is deleted."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Mention, Post, PostEdit, Visibility
from microblog_core.domain.timelines import HomeSource
from microblog_core.ports.operations import (
    AddAccount,
    AddFavourite,
    AddNotification,
    AddPost,
    DeleteBoost,
    DeleteFavourite,
    DeletePost,
    EditPost,
    FanOut,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused, seen, stored

OPEN = [Visibility.PUBLIC, Visibility.UNLISTED]
CLOSED = [Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT]


class PostTests(StorageTests):
    """Posts, boosts and favourites."""

    async def test_a_post_comes_back_as_it_was_stored(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(
            ada,
            "Naïve 'quotes' \\ \N{CAT FACE} %s :name ?",
            spoiler="cats",
            sensitive=True,
            language="en-GB",
            visibility=Visibility.FOLLOWERS,
            mentions=[bob],
            tags=("cats", "straße"),
            uri="https://microblog.example/@ada/1",
        )
        entry = await seen(build, ada.id, post.id)
        assert entry.post == post
        assert (entry.id, entry.author.id, entry.boosted_by, entry.replied_to) == (
            post.id,
            ada.id,
            None,
            None,
        )
        assert (entry.favourited, entry.boosted) == (False, False)
        assert await storage.posts.get(ada.id, post.id + 1) is None

    async def test_counts_of_a_new_post_begin_at_nothing(self, build: Builder) -> None:
        ada = await build.account("ada")
        post = build.draft(ada, replies_count=7, boosts_count=7, favourites_count=7)
        await build.apply(AddPost(post=post))
        now = await stored(build, post)
        assert (now.replies_count, now.boosts_count, now.favourites_count) == (0, 0, 0)

    async def test_a_post_needs_a_free_id_its_author_and_what_it_answers(self, build: Builder) -> None:
        ada, gone = await build.people("ada", "gone")
        await build.set_state(gone, AccountState.DELETED)
        post = await build.post(ada)
        replace = msgspec.structs.replace
        await refused(build, "id", AddPost(post=replace(build.draft(ada), id=post.id)))
        await refused(build, "exists", AddPost(post=replace(build.draft(ada), account_id=1)))
        await refused(build, "exists", AddPost(post=build.draft(gone)))
        await refused(
            build,
            "exists",
            AddPost(post=replace(build.draft(ada), in_reply_to_id=1, in_reply_to_account_id=ada.id)),
        )
        await refused(build, "exists", AddPost(post=replace(build.draft(ada), boost_of_id=1)))

    async def test_a_post_is_boosted_once_by_each(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        boost = await build.boost(bob, post)
        again = msgspec.structs.replace(build.draft(bob), boost_of_id=post.id, text="", html="")
        await refused(build, "boost", AddPost(post=again))
        await build.boost(ada, post)
        assert (await stored(build, post)).boosts_count == 2
        entry = await seen(build, bob.id, boost.id)
        assert (entry.id, entry.post.id, entry.boosted) == (post.id, post.id, True)
        assert await storage.posts.boost_of(bob.id, post.id) == (boost.id, boost.created_at)
        assert await storage.posts.boost_of(bob.id, boost.id) is None

    @pytest.mark.parametrize("visibility", OPEN + CLOSED)
    async def test_public_and_unlisted_ones_are_counted(
        self, storage: Storage, build: Builder, visibility: Visibility
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        answer = await build.post(bob, answers=post, visibility=visibility)
        boost = await build.boost(bob, post, visibility=visibility)
        counted = 1 if visibility in OPEN else 0

        async def counts() -> tuple[int, int, int]:
            now, author = await stored(build, post), await storage.accounts.get(bob.id)
            assert author is not None
            return now.replies_count, now.boosts_count, author.posts_count

        assert await counts() == (counted, counted, counted)
        await build.apply(DeletePost(post=answer))
        assert await counts() == (0, counted, 0)
        await build.apply(DeletePost(post=boost))
        assert await counts() == (0, 0, 0)

    async def test_a_boost_is_taken_back_once(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        boost = await build.boost(bob, post)
        for _ in range(2):
            await build.apply(DeleteBoost(account_id=bob.id, post=post))
            assert (await stored(build, post)).boosts_count == 0
            assert await storage.posts.get(bob.id, boost.id) is None
        assert ids(await storage.timelines.home(bob.id, ALL, HomeSource.ROWS)) == []
        await build.boost(bob, post)
        assert (await stored(build, post)).boosts_count == 1

    async def test_favourites_are_counted_and_taken_back_once(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        await build.favourite(bob, post)
        again = AddFavourite(id=build.next_id(), account_id=bob.id, post_id=post.id, created_at=1)
        await refused(build, "favourite", again)
        await refused(build, "exists", msgspec.structs.replace(again, post_id=1))
        await refused(build, "exists", msgspec.structs.replace(again, account_id=1))
        by_viewer = {viewer: await seen(build, viewer, post.id) for viewer in (ada.id, bob.id, None)}
        assert {viewer: entry.favourited for viewer, entry in by_viewer.items()} == {
            ada.id: False,
            bob.id: True,
            None: False,
        }
        assert by_viewer[None].post.favourites_count == 1
        for _ in range(2):
            await build.apply(DeleteFavourite(account_id=bob.id, post_id=post.id))
            assert (await stored(build, post)).favourites_count == 0
        await build.favourite(bob, post)
        assert (await stored(build, post)).favourites_count == 1

    async def test_an_edit_changes_the_text_and_keeps_the_history(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first = await build.post(ada, "first", tags=("old", "both"))
        await build.favourite(bob, first)
        second = await build.edit(
            first,
            "second",
            spoiler="careful",
            sensitive=True,
            language="de",
            tags=("both", "new"),
            mentions=(Mention(bob.id, "bob"),),
        )
        third = await build.edit(second, "third")
        assert await stored(build, third) == msgspec.structs.replace(third, favourites_count=1)
        history = await storage.posts.edits(None, first.id)
        assert list(history) == [_version(first), _version(second), _version(third)]
        for tag, found in (("old", []), ("both", [first.id]), ("new", [first.id])):
            assert ids(await storage.timelines.tag(None, tag, ALL)) == found

    async def test_a_post_never_edited_has_one_version(self, storage: Storage, build: Builder) -> None:
        post = await build.post(await build.account("ada"))
        assert list(await storage.posts.edits(None, post.id)) == [_version(post)]
        assert list(await storage.posts.edits(None, post.id + 1)) == []

    async def test_an_edit_needs_the_version_that_was_read(self, build: Builder) -> None:
        ada = await build.account("ada")
        first = await build.post(ada, "first")
        await build.edit(first, "second")
        late = msgspec.structs.replace(first, text="late", version=2, edited_at=build.clock.now())
        await refused(build, "version", EditPost(before=first, after=late))
        assert (await stored(build, first)).text == "second"
        gone = build.draft(ada)
        after = msgspec.structs.replace(gone, version=2, edited_at=1)
        await refused(build, "exists", EditPost(before=gone, after=after))

    async def test_who_is_named_by_an_edit_sees_the_post_and_who_is_not_any_more_does_not(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        post = await build.post(ada, visibility=Visibility.DIRECT, mentions=[bob])
        await build.edit(post, "for another", mentions=(Mention(cy.id, "cy"),))
        assert await storage.posts.get(bob.id, post.id) is None
        assert await storage.posts.get(cy.id, post.id) is not None

    async def test_a_deleted_post_takes_everything_with_it_but_answers(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(cy, ada, bob)
        root = await build.post(ada, "root")
        post = await build.edit(await build.post(ada, "post", tags=("tag",), answers=root), "edited")
        boost = await build.boost(bob, post)
        await build.favourite(bob, post)
        answer = await build.post(bob, "answer", answers=post)
        for kind in (NotificationKind.FAVOURITE, NotificationKind.BOOST):
            await build.notify(ada, kind, bob, post)
        await build.apply(DeletePost(post=post))
        for viewer in (ada.id, bob.id, None):
            assert await storage.posts.get(viewer, post.id) is None
            assert await storage.posts.get(viewer, boost.id) is None
            assert list(await storage.posts.edits(viewer, post.id)) == []
            assert await storage.posts.thread(viewer, post.id) is None
        for source in HomeSource:
            home = await storage.timelines.home(cy.id, ALL, source)
            assert ids(home) == [answer.id, root.id]
        assert ids(await storage.timelines.tag(None, "tag", ALL)) == []
        assert (await storage.notifications.page(ada.id, ALL)).items == ()
        assert (await storage.posts.favourited_by(ada.id, post.id, ALL)).items == ()
        assert (await stored(build, root)).replies_count == 0
        assert (await seen(build, None, answer.id)).post == answer
        assert ids(await storage.timelines.public(None, ALL)) == [root.id]
        assert await storage.posts.thread(None, answer.id) is not None
        await refused(build, "exists", DeletePost(post=post))
        counts = await storage.counts()
        assert counts.posts == 2

    async def test_an_id_is_free_again_for_nobody_while_its_post_is_there(self, build: Builder) -> None:
        ada = await build.account("ada")
        post = await build.post(ada, tags=("tag",), mentions=[ada])
        await refused(build, "exists", DeletePost(post=post), DeletePost(post=post))
        assert await stored(build, post) == post

    async def test_what_is_about_something_gone_does_nothing(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        told = await build.notify(ada, NotificationKind.FAVOURITE, bob, post)
        await build.apply(DeletePost(post=post))
        replace = msgspec.structs.replace
        await build.apply(
            FanOut(post_id=post.id, author_id=ada.id),
            DeleteBoost(account_id=bob.id, post=post),
            DeleteFavourite(account_id=bob.id, post_id=post.id),
            AddNotification(notification=replace(told, id=build.next_id())),
            AddNotification(notification=replace(told, id=build.next_id(), post_id=None, actor_id=1)),
            AddNotification(notification=replace(told, id=build.next_id(), post_id=None, account_id=1)),
        )
        await build.home_rows(post, bob)
        assert (await storage.notifications.page(ada.id, ALL)).items == ()
        assert ids(await storage.timelines.home(ada.id, ALL, HomeSource.ROWS)) == []

    async def test_an_account_and_its_first_post_may_come_in_one_unit(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        account = msgspec.structs.replace(ada, id=build.next_id(), username="bob")
        post = build.draft(account, "first", tags=("hello",))
        await build.apply(AddAccount(account=account), AddPost(post=post))
        assert ids(await storage.timelines.tag(None, "hello", ALL)) == [post.id]


def _version(post: Post) -> PostEdit:
    return PostEdit(
        post_id=post.id,
        version=post.version,
        text=post.text,
        html=post.html,
        spoiler=post.spoiler,
        sensitive=post.sensitive,
        created_at=post.edited_at or post.created_at,
    )
