"""Who may answer a post: the guard when an answer is written, and what an entry says to its viewer."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import ReplyPolicy, Visibility
from microblog_core.domain.replies import may_reply
from microblog_core.ports.operations import AddPost, DeletePost, SetReplyPolicy
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused, seen, stored

ALLOWED = {
    ReplyPolicy.PUBLIC: {"ada", "fan", "friend", "named", "stranger"},
    ReplyPolicy.FOLLOWERS: {"ada", "fan", "named"},
    ReplyPolicy.FOLLOWED: {"ada", "friend", "named"},
    ReplyPolicy.MENTIONED: {"ada", "named"},
    ReplyPolicy.NOBODY: {"ada"},
}


class ReplyTests(StorageTests):
    """Who may answer."""

    @pytest.mark.parametrize("policy", list(ReplyPolicy))
    @pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.FOLLOWERS])
    async def test_answering_has_its_guard_and_entries_say_so(
        self, storage: Storage, build: Builder, policy: ReplyPolicy, visibility: Visibility
    ) -> None:
        people = await build.people("ada", "fan", "friend", "named", "stranger")
        ada, fan, friend, named, _ = people
        await build.follow(fan, ada)
        await build.follow(ada, friend)
        post = await build.post(ada, mentions=(named,), reply_policy=policy)
        await build.boost(fan, post)
        told, allowed = set(), set()
        for who in people:
            if may_reply(who.id, await seen(build, who.id, post.id)):
                told.add(who.username)
            answer = build.draft(who, "An answer", answers=post, visibility=visibility)
            if who.username in ALLOWED[policy]:
                await build.apply(AddPost(post=answer))
                allowed.add(who.username)
            else:
                await refused(build, "reply", AddPost(post=answer))
        assert told == allowed == ALLOWED[policy]
        assert (await stored(build, post)).reply_policy is policy
        assert not may_reply(None, await seen(build, None, post.id))
        counted = len(allowed) if visibility is Visibility.PUBLIC else 0
        assert (await stored(build, post)).replies_count == counted
        for viewer, expected in ((friend, "friend"), (fan, "fan")):
            page = await storage.timelines.account_posts(viewer.id, fan.id, ALL)
            (boosted,) = [entry for entry in page.items if entry.boosted_by]
            assert may_reply(viewer.id, boosted) == (expected in ALLOWED[policy])

    async def test_who_may_answer_is_changed_without_a_new_version(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        earlier = await build.post(bob, answers=post)
        await build.apply(SetReplyPolicy(post=post, policy=ReplyPolicy.NOBODY))
        now = await stored(build, post)
        assert (now.reply_policy, now.version, now.edited_at) == (ReplyPolicy.NOBODY, 1, None)
        assert not may_reply(bob.id, await seen(build, bob.id, post.id))
        with pytest.raises(Conflict) as conflict:
            await build.post(bob, answers=post)
        assert conflict.value.guard == "reply"
        assert await storage.posts.get(ada.id, earlier.id) is not None
        await build.post(bob, answers=earlier)
        await build.apply(DeletePost(post=post))
        await refused(build, "exists", SetReplyPolicy(post=post, policy=ReplyPolicy.PUBLIC))
