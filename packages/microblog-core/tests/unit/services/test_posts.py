"""Publishing, editing, deleting, boosting, favouriting: what is stored, told and refused."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthenticated
from microblog_core.domain.events import PostDeleted, PostEdited, PostPublished
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.services import notifications, posts, reactions, relations, timelines
from microblog_core.testing.payments import seed_tier
from microblog_core.testing.world import World


async def someone(world: World, name: str, **more: object) -> Actor:
    return await world.actor(await world.build.account(name, **more))


async def publish(ports: Ports, actor: Actor, text: str, **more: object) -> Entry:
    return await posts.publish_post(ports, actor, posts.PublishPost(text=text, **more))  # type: ignore[arg-type]


async def kinds(ports: Ports, actor: Actor) -> list[str]:
    return [item.kind for item in (await notifications.read_notifications(ports, actor, Page())).items]


async def test_a_post_is_rendered_and_reaches_followers_and_the_public(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    await relations.follow(world.ports, bob, relations.RelationCommand(account_id=ada.id or 0))
    entry = await publish(world.ports, ada, "Hello #World, @bob!\n\nMore")
    assert entry.post.tags == ("world",)
    assert [mention.username for mention in entry.post.mentions] == ["bob"]
    assert entry.post.html.startswith("<p>Hello <a ")
    for listing in (
        await timelines.read_public(world.ports, ANONYMOUS, Page()),
        await timelines.read_home(world.ports, bob, Page()),
        await timelines.read_home(world.ports, ada, Page()),
        await timelines.read_tag(world.ports, ANONYMOUS, "#WORLD", Page()),
    ):
        assert [item.post.id for item in listing.items] == [entry.post.id]
    assert await kinds(world.ports, bob) == [NotificationKind.MENTION]
    published = [event for event in world.bus.events if isinstance(event, PostPublished)]
    assert [event.mention_ids for event in published] == [(bob.id,)]


@pytest.mark.parametrize(
    ("text", "spoiler", "field"),
    [("", "", "text"), (" \n\t", "", "text"), ("x" * 501, "", "text"), ("x", "y" * 101, "spoiler")],
)
async def test_what_breaks_a_rule_is_told_at_its_field_and_not_stored(
    world: World, text: str, spoiler: str, field: str
) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid) as refused:
        await publish(world.ports, ada, text, spoiler=spoiler)
    assert field in refused.value.fields
    assert not (await timelines.read_public(world.ports, ada, Page())).items


async def test_nobody_publishes_without_logging_in(world: World) -> None:
    with pytest.raises(Unauthenticated):
        await publish(world.ports, ANONYMOUS, "hello")


async def test_too_many_people_or_tags_are_refused(world: World) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid):
        await publish(world.ports, ada, " ".join(f"#t{number}x" for number in range(31)))


async def test_a_reply_joins_the_thread_narrows_to_its_parent_and_tells_the_author(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first = await publish(world.ports, ada, "@bob hi", visibility=Visibility.DIRECT)
    reply = await publish(world.ports, bob, "@ada hello", in_reply_to_id=first.post.id)
    assert reply.post.visibility is Visibility.DIRECT
    assert reply.post.thread_id == first.post.id
    assert await kinds(world.ports, ada) == [NotificationKind.REPLY]
    thread = await timelines.read_thread(world.ports, ada, first.post.id)
    assert [item.post.id for item in thread.descendants] == [reply.post.id]
    with pytest.raises(NotFound):
        await timelines.read_thread(world.ports, ANONYMOUS, first.post.id)


async def test_a_reply_to_what_is_gone_or_hidden_is_refused_at_its_field(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    hidden = await publish(world.ports, ada, "mine", visibility=Visibility.FOLLOWERS)
    for parent in (hidden.post.id, 12345):
        with pytest.raises(Invalid) as refused:
            await publish(world.ports, bob, "me too", in_reply_to_id=parent)
        assert "in_reply_to_id" in refused.value.fields


async def test_an_edit_keeps_the_history_and_tells_only_the_newly_named(world: World) -> None:
    ada, bob, eve = await someone(world, "ada"), await someone(world, "bob"), await someone(world, "eve")
    entry = await publish(world.ports, ada, "hi @bob")
    edited = await posts.edit_post(
        world.ports, ada, posts.EditPost(post_id=entry.post.id, text="hi @bob @eve #x", version=1)
    )
    assert (edited.post.version, edited.post.tags) == (2, ("x",))
    edits = await timelines.read_edits(world.ports, ANONYMOUS, entry.post.id)
    assert [edit.text for edit in edits] == ["hi @bob", "hi @bob @eve #x"]
    assert await kinds(world.ports, bob) == [NotificationKind.MENTION]
    assert await kinds(world.ports, eve) == [NotificationKind.MENTION]
    assert [event.mention_ids for event in world.bus.events if isinstance(event, PostEdited)] == [(eve.id,)]


async def test_an_edit_of_an_older_version_is_refused_and_changes_nothing(world: World) -> None:
    ada = await someone(world, "ada")
    entry = await publish(world.ports, ada, "one")
    await posts.edit_post(world.ports, ada, posts.EditPost(post_id=entry.post.id, text="two", version=1))
    with pytest.raises(Conflict) as refused:
        await posts.edit_post(world.ports, ada, posts.EditPost(post_id=entry.post.id, text="3", version=1))
    assert refused.value.guard == "version"
    assert (await timelines.read_post(world.ports, ada, entry.post.id)).post.text == "two"


async def test_the_same_text_again_is_no_edit(world: World) -> None:
    ada = await someone(world, "ada")
    entry = await publish(world.ports, ada, "one")
    again = await posts.edit_post(world.ports, ada, posts.EditPost(post_id=entry.post.id, text="one"))
    assert again.post.version == 1


async def test_others_neither_edit_nor_delete_but_moderators_delete(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    mod = await someone(world, "mona", role=Role.MODERATOR)
    entry = await publish(world.ports, ada, "one")
    with pytest.raises(Forbidden):
        await posts.edit_post(world.ports, bob, posts.EditPost(post_id=entry.post.id, text="2"))
    with pytest.raises(Forbidden):
        await posts.delete_post(world.ports, bob, posts.DeletePost(post_id=entry.post.id))
    with pytest.raises(Unauthenticated):
        await posts.delete_post(world.ports, ANONYMOUS, posts.DeletePost(post_id=entry.post.id))
    await posts.delete_post(world.ports, mod, posts.DeletePost(post_id=entry.post.id))
    with pytest.raises(NotFound):
        await timelines.read_post(world.ports, ada, entry.post.id)
    assert [event.post_id for event in world.bus.events if isinstance(event, PostDeleted)] == [entry.post.id]
    audit = await world.ports.storage.audit(Page())
    assert [(line.action, line.actor_id) for line in audit.items][:1] == [("post.deleted", mod.id)]


async def test_boost_and_favourite_are_counted_told_and_taken_back(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    entry = await publish(world.ports, ada, "one")
    command = reactions.PostCommand(post_id=entry.post.id)
    for _ in range(2):
        boosted = await reactions.boost_post(world.ports, bob, command)
        liked = await reactions.favourite_post(world.ports, bob, command)
    assert (boosted.boosted, boosted.post.boosts_count) == (True, 1)
    assert (liked.favourited, liked.post.favourites_count) == (True, 1)
    assert sorted(await kinds(world.ports, ada)) == [NotificationKind.BOOST, NotificationKind.FAVOURITE]
    for _ in range(2):
        boosted = await reactions.unboost_post(world.ports, bob, command)
        liked = await reactions.unfavourite_post(world.ports, bob, command)
    assert (boosted.boosted, boosted.post.boosts_count) == (False, 0)
    assert (liked.favourited, liked.post.favourites_count) == (False, 0)
    assert await kinds(world.ports, ada) == []


@pytest.mark.parametrize("level", [Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT])
async def test_only_open_posts_are_boosted(world: World, level: Visibility) -> None:
    ada = await someone(world, "ada")
    await seed_tier(world.storage, ada.id)
    entry = await publish(world.ports, ada, "mine", visibility=level)
    with pytest.raises(Invalid):
        await reactions.boost_post(world.ports, ada, reactions.PostCommand(post_id=entry.post.id))


async def test_an_idempotency_key_makes_one_post_of_fifty_requests_at_once(world: World) -> None:
    ada = await someone(world, "ada")
    made = await asyncio.gather(*[publish(world.ports, ada, "once", idempotency_key="k") for _ in range(50)])
    assert len({entry.post.id for entry in made}) == 1
    assert len((await timelines.read_public(world.ports, ada, Page())).items) == 1


async def test_an_idempotency_key_is_the_account_s_own_and_forgotten_after_an_hour(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first = await publish(world.ports, ada, "a", idempotency_key="k")
    other = await publish(world.ports, bob, "b", idempotency_key="k")
    assert first.post.id != other.post.id
    world.clock.advance(3601)
    assert (await publish(world.ports, ada, "c", idempotency_key="k")).post.id != first.post.id


async def test_publishing_is_limited(world: World) -> None:
    ada = await someone(world, "ada")
    for number in range(300):
        await publish(world.ports, ada, f"post {number}")
    with pytest.raises(RateLimited) as refused:
        await publish(world.ports, ada, "one more")
    assert 0 < refused.value.retry_after <= 3 * 3600
