"""Conversations of direct posts."""

from __future__ import annotations

import pytest

from microblog_core.domain.conversations import Conversation
from microblog_core.domain.errors import NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.services import conversations, posts
from microblog_core.services.conversations import ConversationCommand
from microblog_core.testing.world import World


async def someone(world: World, name: str) -> Actor:
    return await world.actor(await world.build.account(name))


async def say(world: World, actor: Actor, text: str, answers: Entry | None = None) -> Entry:
    world.clock.advance(1)
    command = posts.PublishPost(
        text=text, visibility=Visibility.DIRECT, in_reply_to_id=answers.id if answers else None
    )
    return await posts.publish_post(world.ports, actor, command)


async def of(world: World, actor: Actor) -> list[Conversation]:
    return list((await conversations.read_conversations(world.ports, actor, Page())).items)


async def lines(world: World, actor: Actor) -> list[tuple[list[str], str, bool]]:
    """Who is in each conversation, what was said last, and whether it is unread."""
    return [
        ([account.username for account in one.accounts], one.last.post.text, one.unread)
        for one in await of(world, actor)
    ]


async def test_direct_posts_are_grouped_by_thread_and_people(world: World) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    first = await say(world, ada, "@bob hi")
    other = await say(world, ada, "@bob @eve both")
    answer = await say(world, bob, "@ada hello", first)
    await say(world, bob, "@ada @eve join us", answer)
    assert await lines(world, ada) == [
        (["bob", "eve"], "@ada @eve join us", True),
        (["bob"], "@ada hello", True),
        (["bob", "eve"], "@bob @eve both", False),
    ]
    assert await lines(world, bob) == [
        (["ada", "eve"], "@ada @eve join us", False),
        (["ada"], "@ada hello", False),
        (["ada", "eve"], "@bob @eve both", True),
    ]
    assert [line[1] for line in await lines(world, eve)] == ["@ada @eve join us", "@bob @eve both"]
    direct = (await conversations.read_direct(world.ports, eve, Page())).items
    assert [entry.id for entry in direct][-1] == other.id
    assert len((await conversations.read_direct(world.ports, ada, Page())).items) == 4


async def test_a_conversation_is_read_and_unread_again_by_its_next_post(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first = await say(world, ada, "@bob hi")
    (talk,) = await of(world, bob)
    command = ConversationCommand(conversation_id=talk.id)
    assert not (await conversations.read_conversation(world.ports, bob, command)).unread
    assert not (await of(world, bob))[0].unread
    await say(world, ada, "@bob still there?", first)
    (again,) = await of(world, bob)
    assert (again.id, again.unread) == (talk.id, True)


async def test_a_removed_conversation_comes_back_with_its_next_post(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first = await say(world, ada, "@bob hi")
    (talk,) = await of(world, bob)
    await conversations.remove_conversation(world.ports, bob, ConversationCommand(conversation_id=talk.id))
    assert await of(world, bob) == []
    assert len(await of(world, ada)) == 1
    assert len((await conversations.read_direct(world.ports, bob, Page())).items) == 1
    await say(world, ada, "@bob hello?", first)
    assert await lines(world, bob) == [(["ada"], "@bob hello?", True)]


async def test_conversations_are_those_of_who_asks(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    await say(world, ada, "@bob hi")
    command = ConversationCommand(conversation_id=(await of(world, bob))[0].id)
    for use_case in (conversations.read_conversation, conversations.remove_conversation):
        with pytest.raises(NotFound):
            await use_case(world.ports, ada, command)
        with pytest.raises(NotFound):
            await use_case(world.ports, ada, ConversationCommand(conversation_id=1))
        with pytest.raises(Unauthenticated):
            await use_case(world.ports, ANONYMOUS, command)
    assert (await of(world, bob))[0].unread


async def test_a_deleted_post_leaves_the_one_before_it_and_an_empty_conversation_goes(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first = await say(world, ada, "@bob one")
    second = await say(world, ada, "@bob two", first)
    await posts.delete_post(world.ports, ada, posts.DeletePost(post_id=second.id))
    assert [line[1] for line in await lines(world, bob)] == ["@bob one"]
    await posts.delete_post(world.ports, ada, posts.DeletePost(post_id=first.id))
    assert await lines(world, bob) == await lines(world, ada) == []


async def test_an_edit_that_names_others_is_a_conversation_with_them(world: World) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    first = await say(world, ada, "@bob one")
    await posts.edit_post(world.ports, ada, posts.EditPost(post_id=first.id, text="@eve one"))
    assert await lines(world, ada) == [(["eve"], "@eve one", False)]
    assert (await lines(world, bob), len(await lines(world, eve))) == ([], 1)
