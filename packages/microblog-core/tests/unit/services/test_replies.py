"""Who may reply: refused with the reason, changed by authors alone, and decided once by the storage."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import Forbidden, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Entry, ReplyPolicy
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.replies import SetReplyPolicy, set_reply_policy
from microblog_core.services.timelines import read_post
from microblog_core.testing.world import World


async def someone(world: World, name: str) -> Actor:
    return Actor(account=await world.sign_up(name))


async def publish(world: World, actor: Actor, text: str, **more: object) -> Entry:
    return await publish_post(world.ports, actor, PublishPost(text=text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (ReplyPolicy.FOLLOWERS, "Only followers"),
        (ReplyPolicy.FOLLOWED, "whom its author follows"),
        (ReplyPolicy.MENTIONED, "named in it"),
        (ReplyPolicy.NOBODY, "Nobody but its author"),
    ],
)
async def test_a_refused_reply_says_who_may(world: World, policy: ReplyPolicy, told: str) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    post = await publish(world, ada, "Hello @bob", reply_policy=policy)
    with pytest.raises(Forbidden, match=told) as refused:
        await publish(world, eve, "Hm", in_reply_to_id=post.id)
    assert refused.value.code == "reply_policy"
    if policy is not ReplyPolicy.NOBODY:
        await publish(world, bob, "Here", in_reply_to_id=post.id)
    await publish(world, ada, "Myself", in_reply_to_id=post.id)


async def test_only_authors_change_who_may_reply(world: World) -> None:
    ada, eve = [await someone(world, name) for name in ("ada", "eve")]
    post = await publish(world, ada, "Hello")
    command = SetReplyPolicy(post_id=post.id, policy=ReplyPolicy.NOBODY)
    with pytest.raises(Forbidden):
        await set_reply_policy(world.ports, eve, command)
    with pytest.raises(Unauthenticated):
        await set_reply_policy(world.ports, ANONYMOUS, command)
    with pytest.raises(NotFound):
        await set_reply_policy(world.ports, ada, SetReplyPolicy(post_id=1, policy=ReplyPolicy.NOBODY))
    changed = await set_reply_policy(world.ports, ada, command)
    assert changed.post.reply_policy is ReplyPolicy.NOBODY
    assert (await read_post(world.ports, eve, post.id)).post.reply_policy is ReplyPolicy.NOBODY


async def test_replies_that_meet_a_change_are_written_before_it_or_refused(world: World) -> None:
    ada, eve = [await someone(world, name) for name in ("ada", "eve")]
    post = await publish(world, ada, "Hello")
    command = SetReplyPolicy(post_id=post.id, policy=ReplyPolicy.NOBODY)
    replies = [publish(world, eve, f"{number}", in_reply_to_id=post.id) for number in range(10)]
    results = await asyncio.gather(
        *replies[:5], set_reply_policy(world.ports, ada, command), *replies[5:], return_exceptions=True
    )
    written = [each for each in results if isinstance(each, Entry) and each.author.username == "eve"]
    refused = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, Forbidden) for each in refused)
    assert len(written) + len(refused) == 10
    assert (await read_post(world.ports, eve, post.id)).post.replies_count == len(written)
