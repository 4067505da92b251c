"""Undo: what was just published is taken back as if never sent, what was just deleted comes back whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from microblog_core.contributions import Subscriber
from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated
from microblog_core.domain.events import NotificationCreated, PostDeleted, PostPublished
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.posts import Post
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.ports.undo import HiddenPost
from microblog_core.runtime.outbox import durable_jobs
from microblog_core.services import posts, undo
from microblog_core.services.housekeeping import core_sweeps, sweep_all
from microblog_core.services.posts import DeletePost, PublishPost
from microblog_core.services.reactions import PostCommand, favourite_post
from microblog_core.services.undo import UndoPublish, delete_post_undoably, undo_delete, undo_publish
from microblog_core.testing.world import World

SECONDS = 10


async def said(world: World, name: str = "ada", text: str = "Tea?", **changes) -> tuple:
    actor = await world.actor(await world.build.account(name))
    command = PublishPost(text=text, undoable=True, **changes)
    return actor, (await posts.publish_post(world.ports, actor, command)).post


def heard(world: World, *events: type) -> Ports:
    """Ports with durable observers of these events."""

    async def nothing(event: object) -> None:
        return None

    named = [Subscriber(name=each.type, event=each, handler=nothing, durable=True) for each in events]
    return replace(world.ports, durable=durable_jobs(named, world.ports.ids, world.clock))


async def due(world: World) -> dict[str, int]:
    """When jobs are due from now, in milliseconds, by kind."""
    jobs = (await world.storage.queue.page("queued", Page(limit=80))).items
    return {job.kind: job.due_at - world.clock.now() for job in jobs}


# Taking back


async def test_a_post_is_taken_back_within_its_time_and_once(world: World) -> None:
    actor, post = await said(world, text="Tae?")
    world.clock.advance(SECONDS)
    entry = await undo_publish(world.ports, actor, UndoPublish(post_id=post.id))
    assert entry.post.text == "Tae?"
    assert await world.storage.posts.get(actor.id, post.id) is None
    assert await world.storage.hidden.before(1 << 60, 5) == (), "it is gone for good"
    with pytest.raises(NotFound):
        await undo_publish(world.ports, actor, UndoPublish(post_id=post.id))


async def test_it_is_too_late_a_moment_later(world: World) -> None:
    actor, post = await said(world)
    world.clock.advance(SECONDS + 0.001)
    with pytest.raises(Conflict) as error:
        await undo_publish(world.ports, actor, UndoPublish(post_id=post.id))
    assert error.value.guard == "undo" and "delete" in error.value.hint
    assert await world.storage.posts.get(None, post.id) is not None


async def test_nobody_takes_back_what_is_somebody_elses(world: World) -> None:
    _, post = await said(world)
    moderator = await world.actor(await world.build.account("mod", role=Role.ADMINISTRATOR))
    with pytest.raises(Forbidden):
        await undo_publish(world.ports, moderator, UndoPublish(post_id=post.id))
    with pytest.raises(Unauthenticated):
        await undo_publish(world.ports, ANONYMOUS, UndoPublish(post_id=post.id))
    assert await world.storage.posts.get(None, post.id) is not None


@pytest.mark.parametrize(("undoable", "milliseconds"), [(True, SECONDS * 1000), (False, 0)])
async def test_who_would_be_told_elsewhere_is_told_when_it_cannot_be_taken_back_any_more(
    world: World, undoable: bool, milliseconds: int
) -> None:
    ben = await world.build.account("ben")
    actor = await world.actor(await world.build.account("ada"))
    ports = heard(world, PostPublished, NotificationCreated)
    now = []
    world.ports.bus.subscribe(NotificationCreated, now.append)
    command = PublishPost(text="@ben Tea?", undoable=undoable)
    await posts.publish_post(ports, actor, command)
    waits = {"events.post.published": milliseconds, "events.notification.created": milliseconds}
    assert (await due(world)).items() >= waits.items()
    assert [event.account_id for event in now] == [ben.id], "the website shows it at once"
    assert await world.storage.notifications.unread(ben.id) == 1


async def test_what_is_taken_back_leaves_no_notification(world: World) -> None:
    ben = await world.build.account("ben")
    actor, post = await said(world, text="@ben Tea?")
    assert await world.storage.notifications.unread(ben.id) == 1
    await undo_publish(world.ports, actor, UndoPublish(post_id=post.id))
    assert await world.storage.notifications.unread(ben.id) == 0


# Bringing back


async def deleted(world: World, actor, post: Post) -> HiddenPost:
    found = await delete_post_undoably(world.ports, actor, DeletePost(post_id=post.id))
    assert isinstance(found, HiddenPost)
    return found


async def test_a_deleted_post_is_gone_at_once_and_comes_back_whole(world: World) -> None:
    actor, post = await said(world)
    ben = await world.actor(await world.build.account("ben"))
    await favourite_post(world.ports, ben, PostCommand(post_id=post.id))
    before = await world.storage.posts.get(ben.id, post.id)
    await deleted(world, actor, post)
    for viewer in (actor.id, ben.id, None):
        assert await world.storage.posts.get(viewer, post.id) is None
    with pytest.raises(NotFound):
        await posts.delete_post(world.ports, actor, DeletePost(post_id=post.id))
    world.clock.advance(SECONDS)
    entry = await undo_delete(world.ports, actor, DeletePost(post_id=post.id))
    assert entry.post == before.post and before.post.favourites_count == 1
    assert await world.storage.posts.get(ben.id, post.id) == before
    with pytest.raises(NotFound):
        await undo_delete(world.ports, actor, DeletePost(post_id=post.id))


async def test_it_is_removed_when_it_cannot_be_brought_back_any_more(world: World) -> None:
    actor, post = await said(world)
    await deleted(world, actor, post)
    assert (await due(world))[undo.REMOVE_HIDDEN_JOB] == SECONDS * 1000 + undo.LATE
    await undo.remove_all_hidden(world.ports)
    assert await world.storage.hidden.get(actor.id, post.id) is not None
    world.clock.advance(SECONDS + 0.001)
    with pytest.raises(NotFound):
        await undo_delete(world.ports, actor, DeletePost(post_id=post.id))
    await undo.remove_all_hidden(world.ports)
    assert await world.storage.hidden.get(actor.id, post.id) is None
    assert await undo.remove_hidden(world.ports, world.clock.now()) == 0


async def test_durable_observers_hear_of_a_deletion_when_it_is_one(world: World) -> None:
    actor, post = await said(world)
    ports, told = heard(world, PostDeleted), []
    world.ports.bus.subscribe(PostDeleted, told.append)
    await delete_post_undoably(ports, actor, DeletePost(post_id=post.id))
    assert [event.post_id for event in told] == [post.id], "what is open hides it at once"
    assert "events.post.deleted" not in await due(world)
    world.clock.advance(SECONDS + 1)
    await undo.remove_hidden(ports, world.clock.now())
    assert "events.post.deleted" in await due(world)


async def test_nobody_brings_back_what_is_somebody_elses(world: World) -> None:
    actor, post = await said(world)
    moderator = await world.actor(await world.build.account("mod", role=Role.ADMINISTRATOR))
    await deleted(world, actor, post)
    with pytest.raises(NotFound):
        await undo_delete(world.ports, moderator, DeletePost(post_id=post.id))
    with pytest.raises(Unauthenticated):
        await undo_delete(world.ports, ANONYMOUS, DeletePost(post_id=post.id))


async def test_what_a_moderator_deletes_its_author_does_not_bring_back(world: World) -> None:
    actor, post = await said(world)
    moderator = await world.actor(await world.build.account("mod", role=Role.ADMINISTRATOR))
    gone = await delete_post_undoably(world.ports, moderator, DeletePost(post_id=post.id))
    assert isinstance(gone, Post)
    with pytest.raises(NotFound):
        await undo_delete(world.ports, actor, DeletePost(post_id=post.id))


async def test_others_delete_nothing(world: World) -> None:
    _, post = await said(world)
    ben = await world.actor(await world.build.account("ben"))
    with pytest.raises(Forbidden):
        await delete_post_undoably(world.ports, ben, DeletePost(post_id=post.id))


async def test_where_nothing_is_undone_it_goes_at_once(world: World) -> None:
    actor, post = await said(world)
    ports = replace(world.ports, limits=replace(world.ports.limits, undo_milliseconds=0))
    assert isinstance(await delete_post_undoably(ports, actor, DeletePost(post_id=post.id)), Post)
    assert await world.storage.hidden.before(1 << 60, 5) == ()


async def test_of_many_attempts_to_bring_it_back_one_does(world: World) -> None:
    actor, post = await said(world)
    await deleted(world, actor, post)
    attempts = [undo_delete(world.ports, actor, DeletePost(post_id=post.id)) for _ in range(5)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(not isinstance(each, NotFound) for each in results) == 1
    account = await world.storage.accounts.get(actor.id)
    assert account.posts_count == 1


async def test_what_lost_its_job_is_removed_by_housekeeping(world: World) -> None:
    actor, post = await said(world)
    await deleted(world, actor, post)
    (job,) = (await world.storage.queue.page("queued", Page())).items
    await world.storage.queue.discard(job.id)
    world.clock.advance(SECONDS + 1)
    reports = await sweep_all(world.ports, core_sweeps(lambda: world.ports))
    assert {each.sweep.name: each.run.removed for each in reports if each.run.removed} == {"posts": 1}
    assert await world.storage.hidden.get(actor.id, post.id) is None


async def test_the_log_says_who_deleted_and_who_brought_back(world: World) -> None:
    actor, post = await said(world)
    await deleted(world, actor, post)
    await undo_delete(world.ports, actor, DeletePost(post_id=post.id))
    lines = (await world.storage.audit(Page())).items
    assert [(line.action, line.subject) for line in lines] == [
        ("post.restored", str(post.id)),
        ("post.deleted", str(post.id)),
    ]
