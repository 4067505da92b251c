"""Bookmarks, pins, muted threads, markers: what is marked, what is refused, and who is told nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.marks import PINS_MAX, MarkerTimeline
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.services import marks, notifications, posts, timelines
from microblog_core.services.reactions import PostCommand, favourite_post
from microblog_core.testing.world import World

Service = Callable[[Ports, Actor, PostCommand], Awaitable[Entry]]


async def someone(world: World, name: str) -> Actor:
    return await world.actor(await world.build.account(name))


async def publish(world: World, actor: Actor, text: str = "hello", **more: object) -> int:
    command = posts.PublishPost(text=text, **more)  # type: ignore[arg-type]
    return (await posts.publish_post(world.ports, actor, command)).post.id


@pytest.mark.parametrize(
    ("name", "do", "undo"),
    [
        ("bookmarked", marks.bookmark_post, marks.unbookmark_post),
        ("pinned", marks.pin_post, marks.unpin_post),
        ("muted", marks.mute_thread, marks.unmute_thread),
    ],
)
async def test_a_mark_is_made_and_taken_back_as_often_as_one_likes(
    world: World, name: str, do: Service, undo: Service
) -> None:
    ada = await someone(world, "ada")
    command = PostCommand(post_id=await publish(world, ada))
    for service, marked in ((do, True), (do, True), (undo, False), (undo, False), (do, True)):
        assert getattr(await service(world.ports, ada, command), name) is marked
    with pytest.raises(NotFound):
        await do(world.ports, ada, PostCommand(post_id=1))
    with pytest.raises(Unauthenticated):
        await do(world.ports, ANONYMOUS, command)


async def test_nobody_is_told_of_a_bookmark(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    post = await publish(world, ada)
    world.bus.clear()
    await marks.bookmark_post(world.ports, bob, PostCommand(post_id=post))
    assert world.bus.events == []
    assert (await notifications.read_notifications(world.ports, ada, Page())).items == ()


async def test_own_bookmarks_and_favourites_are_read_by_their_own_ids(world: World) -> None:
    ada = await someone(world, "ada")
    first, second = await publish(world, ada, "first"), await publish(world, ada, "second")
    for mark, read in (
        (marks.bookmark_post, marks.read_bookmarks),
        (favourite_post, marks.read_favourites),
    ):
        for post in (second, first):
            await mark(world.ports, ada, PostCommand(post_id=post))
        found = await read(world.ports, ada, Page())
        assert [marked.entry.post.id for marked in found.items] == [first, second]
        older = await read(world.ports, ada, Page(max_id=found.items[0].id))
        assert [marked.entry.post.id for marked in older.items] == [second]
        with pytest.raises(Unauthenticated):
            await read(world.ports, ANONYMOUS, Page())


async def test_only_own_posts_that_others_may_see_are_pinned_and_not_too_many(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    theirs = await publish(world, bob)
    secret = await publish(world, ada, "psst", visibility=Visibility.DIRECT)
    for post in (theirs, secret):
        with pytest.raises(Invalid):
            await marks.pin_post(world.ports, ada, PostCommand(post_id=post))
    own = [await publish(world, ada, f"post {number}") for number in range(PINS_MAX + 1)]
    for post in own[:-1]:
        await marks.pin_post(world.ports, ada, PostCommand(post_id=post))
    with pytest.raises(Invalid, match=str(PINS_MAX)):
        await marks.pin_post(world.ports, ada, PostCommand(post_id=own[-1]))
    found = await timelines.read_account_posts(world.ports, bob, ada.id or 0, Page(), pinned=True)
    assert [entry.post.id for entry in found.items] == own[-2::-1]
    with pytest.raises(NotFound):
        await timelines.read_account_posts(world.ports, bob, 1, Page(), pinned=True)


async def test_markers_are_the_mark_of_the_unread_count(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    await publish(world, bob, "hello @ada")
    assert await notifications.count_unread(world.ports, ada) == 1
    (told,) = (await notifications.read_notifications(world.ports, ada, Page())).items
    await marks.set_markers(world.ports, ada, marks.MarkersCommand(home=5, notifications=told.id))
    assert await notifications.count_unread(world.ports, ada) == 0
    found = {marker.timeline: marker for marker in await marks.read_markers(world.ports, ada)}
    assert (found[MarkerTimeline.HOME].last_read_id, found[MarkerTimeline.HOME].version) == (5, 1)
    assert found[MarkerTimeline.NOTIFICATIONS].last_read_id == told.id
    await notifications.mark_notifications_read(
        world.ports, ada, notifications.MarkRead(up_to_id=told.id + 1)
    )
    found = {marker.timeline: marker for marker in await marks.read_markers(world.ports, ada)}
    assert found[MarkerTimeline.NOTIFICATIONS].version == 2
    assert found[MarkerTimeline.NOTIFICATIONS].updated_at == world.clock.now()


async def test_the_unread_count_follows_muted_threads_and_dismissed_notifications(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    first, _ = await publish(world, bob, "one @ada"), await publish(world, bob, "two @ada")

    async def unread() -> int:
        return await notifications.count_unread(world.ports, ada)

    assert await unread() == 2
    await marks.mute_thread(world.ports, ada, PostCommand(post_id=first))
    assert await unread() == 1
    await marks.unmute_thread(world.ports, ada, PostCommand(post_id=first))
    assert await unread() == 2
    newest = (await notifications.read_notifications(world.ports, ada, Page())).items[0]
    assert await notifications.read_notification(world.ports, ada, newest.id) == newest
    dismissed = notifications.Dismiss(notification_id=newest.id)
    await notifications.dismiss_notification(world.ports, bob, dismissed)
    assert await unread() == 2
    await notifications.dismiss_notification(world.ports, ada, dismissed)
    assert await unread() == 1
    with pytest.raises(NotFound):
        await notifications.read_notification(world.ports, ada, newest.id)
    await notifications.clear_notifications(world.ports, ada)
    assert await unread() == 0
