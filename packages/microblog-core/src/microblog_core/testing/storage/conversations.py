"""Conversations: each person's own, kept with the direct posts in them."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.conversations import people_in
from microblog_core.domain.posts import Post, Visibility
from microblog_core.ports.operations import (
    AddPost,
    DeleteConversation,
    DeletePost,
    EditPost,
    FileDirect,
    MarkConversation,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused


def _filed(build: Builder, post: Post) -> FileDirect:
    return FileDirect(post=post, ids=tuple(build.next_id() for _ in people_in(post)))


async def say(
    build: Builder, author: Account, *named: Account, text: str = "hi", answers: Post | None = None
) -> Post:
    """A direct post in its conversations."""
    post = build.draft(author, text, mentions=named, visibility=Visibility.DIRECT, answers=answers)
    await build.apply(AddPost(post=post), _filed(build, post))
    return post


async def talks(storage: Storage, viewer: Account) -> list[tuple[list[str], int, bool]]:
    """Who is in each conversation of somebody, the newest post, and whether it is unread."""
    return [
        ([account.username for account in talk.accounts], talk.last.id, talk.unread)
        for talk in (await storage.conversations.page(viewer.id, ALL)).items
    ]


class ConversationTests(StorageTests):
    """Conversations and direct posts."""

    async def test_everybody_in_it_has_a_conversation_of_their_own(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, eve, other = await build.people("ada", "bob", "eve", "other")
        first = await say(build, ada, bob)
        answer = await say(build, bob, ada, answers=first)
        wider = await say(build, bob, ada, eve, answers=first)
        alone = await say(build, eve)
        assert await talks(storage, ada) == [(["bob", "eve"], wider.id, True), (["bob"], answer.id, True)]
        assert await talks(storage, bob) == [(["ada", "eve"], wider.id, False), (["ada"], answer.id, False)]
        assert await talks(storage, eve) == [([], alone.id, False), (["ada", "bob"], wider.id, True)]
        assert await talks(storage, other) == []
        direct = await storage.conversations.direct(ada.id, ALL)
        assert ids(direct) == [wider.id, answer.id, first.id]

    async def test_conversations_are_marked_and_removed_by_who_has_them(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first = await say(build, ada, bob)
        (talk,) = (await storage.conversations.page(bob.id, ALL)).items
        await refused(build, "exists", MarkConversation(id=talk.id, account_id=ada.id))
        await refused(build, "exists", DeleteConversation(id=talk.id, account_id=ada.id))
        await build.apply(MarkConversation(id=talk.id, account_id=bob.id))
        found = await storage.conversations.get(bob.id, talk.id)
        assert found is not None
        assert not found.unread
        assert await storage.conversations.get(ada.id, talk.id) is None
        await build.apply(MarkConversation(id=talk.id, account_id=bob.id, unread=True))
        assert await talks(storage, bob) == [(["ada"], first.id, True)]
        await build.apply(DeleteConversation(id=talk.id, account_id=bob.id))
        assert await talks(storage, bob) == []
        assert ids(await storage.conversations.direct(bob.id, ALL)) == [first.id]
        await refused(build, "exists", DeleteConversation(id=talk.id, account_id=bob.id))

    async def test_a_post_that_goes_leaves_the_one_before_it(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        first = await say(build, ada, bob)
        second = await say(build, ada, bob, answers=first)
        await build.apply(DeletePost(post=second))
        assert [talk[1] for talk in await talks(storage, bob)] == [first.id]
        await build.apply(DeletePost(post=first))
        assert await talks(storage, bob) == await talks(storage, ada) == []

    async def test_an_edit_moves_a_post_to_other_people(self, storage: Storage, build: Builder) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        first = await say(build, ada, bob)
        draft = build.draft(ada, mentions=(eve,))
        after = msgspec.structs.replace(first, mentions=draft.mentions, edited_at=1, version=2)
        await build.apply(EditPost(before=first, after=after), _filed(build, after))
        assert await talks(storage, bob) == []
        assert await talks(storage, eve) == [(["ada"], first.id, True)]
        assert [talk[0] for talk in await talks(storage, ada)] == [["eve"]]

    async def test_whom_one_does_not_want_is_left_out(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await say(build, ada, bob)
        await build.mute(bob, ada)
        assert await talks(storage, bob) == []
        assert ids(await storage.conversations.direct(bob.id, ALL)) == []
        assert len(await talks(storage, ada)) == 1

    async def test_a_post_that_is_not_there_is_filed_nowhere(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.apply(_filed(build, build.draft(ada, mentions=(bob,), visibility=Visibility.DIRECT)))
        assert await talks(storage, bob) == []
