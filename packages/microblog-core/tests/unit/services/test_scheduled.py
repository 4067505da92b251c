"""Posts that wait for their time: published once, with all checks of that time, or kept with the reason."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.domain.posts import Visibility
from microblog_core.domain.scheduled import DAY_MAX, ScheduledPost
from microblog_core.domain.timelines import Page
from microblog_core.ports.channels import Temporary
from microblog_core.ports.operations import Job
from microblog_core.services import posts, scheduled, timelines
from microblog_core.services.posts import PublishPost
from microblog_core.testing.world import World

HOUR = 3600_000


async def someone(world: World, name: str) -> Actor:
    return await world.actor(await world.build.account(name))


async def schedule(
    world: World, actor: Actor, text: str = "later", hours: float = 1, **more: object
) -> ScheduledPost:
    post = PublishPost(text=text, **more)  # type: ignore[arg-type]
    at = world.clock.now() + round(hours * HOUR)
    return await scheduled.schedule_post(
        world.ports, actor, scheduled.SchedulePost(post=post, scheduled_at=at)
    )


async def due(world: World) -> list[Job]:
    now = world.clock.now()
    return list(await world.storage.queue.claim(now, limit=99, lease=1000, kinds=[scheduled.SCHEDULED_JOB]))


async def texts(world: World) -> list[str]:
    return [entry.post.text for entry in (await timelines.read_public(world.ports, ANONYMOUS, Page())).items]


async def waiting(world: World, actor: Actor) -> list[ScheduledPost]:
    return list((await scheduled.read_scheduled_posts(world.ports, actor, Page())).items)


async def test_a_post_is_published_at_its_time_as_it_was_written(world: World) -> None:
    ada = await someone(world, "ada")
    poll = NewPoll(options=("a", "b"), expires_in=600)
    kept = await schedule(world, ada, "later #tea", spoiler="x", poll=poll, visibility=Visibility.PUBLIC)
    assert await waiting(world, ada) == [kept]
    assert await due(world) == []
    world.clock.advance(3600)
    (job,) = await due(world)
    await scheduled.publish_scheduled(world.ports, job)
    (entry,) = (await timelines.read_public(world.ports, ANONYMOUS, Page())).items
    assert (entry.post.text, entry.post.spoiler, entry.post.tags) == ("later #tea", "x", ("tea",))
    assert entry.post.created_at == world.clock.now()
    assert entry.poll is not None
    assert entry.poll.expires_at == world.clock.now() + 600_000
    assert await waiting(world, ada) == []


async def test_a_job_that_runs_again_publishes_nothing_again(world: World) -> None:
    ada = await someone(world, "ada")
    await schedule(world, ada)
    world.clock.advance(3600)
    (job,) = await due(world)
    for _ in range(3):
        await scheduled.publish_scheduled(world.ports, job)
    assert await texts(world) == ["later"]


async def test_two_jobs_at_once_publish_one_post(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read what waits before either publishes."""
    ada = await someone(world, "ada")
    kept = await schedule(world, ada)
    world.clock.advance(3600)
    (job,) = await due(world)
    reader = world.storage.scheduled

    async def as_it_was(scheduled_id: int) -> ScheduledPost:
        return kept

    await scheduled.publish_scheduled(world.ports, job)
    monkeypatch.setattr(reader, "get", as_it_was)
    await scheduled.publish_scheduled(world.ports, job)
    assert await texts(world) == ["later"]


async def test_a_moved_post_is_published_at_its_new_time_alone(world: World) -> None:
    ada = await someone(world, "ada")
    kept = await schedule(world, ada)
    later = kept.scheduled_at + HOUR
    moved = await scheduled.move_scheduled_post(
        world.ports, ada, scheduled.MovePost(scheduled_id=kept.id, scheduled_at=later)
    )
    assert await waiting(world, ada) == [moved]
    for hours, shown in ((1, []), (1, ["later"])):
        world.clock.advance(hours * 3600)
        for job in await due(world):
            await scheduled.publish_scheduled(world.ports, job)
            await world.storage.queue.finish([job])
        assert await texts(world) == shown


async def test_a_cancelled_post_is_never_published(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    kept = await schedule(world, ada)
    with pytest.raises(NotFound):
        await scheduled.cancel_scheduled_post(world.ports, bob, scheduled.CancelPost(scheduled_id=kept.id))
    await scheduled.cancel_scheduled_post(world.ports, ada, scheduled.CancelPost(scheduled_id=kept.id))
    with pytest.raises(NotFound):
        await scheduled.cancel_scheduled_post(world.ports, ada, scheduled.CancelPost(scheduled_id=kept.id))
    world.clock.advance(3600)
    (job,) = await due(world)
    await scheduled.publish_scheduled(world.ports, job)
    assert await texts(world) == []


async def test_nobody_reads_or_moves_what_of_others_waits(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    kept = await schedule(world, ada)
    assert await waiting(world, bob) == []
    move = scheduled.MovePost(scheduled_id=kept.id, scheduled_at=kept.scheduled_at + HOUR)
    for use_case in (
        scheduled.move_scheduled_post(world.ports, bob, move),
        scheduled.read_scheduled_post(world.ports, bob, kept.id),
    ):
        with pytest.raises(NotFound):
            await use_case


async def test_what_can_not_be_published_is_kept_with_the_reason_and_may_be_moved(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    parent = await posts.publish_post(world.ports, bob, PublishPost(text="hello"))
    kept = await schedule(world, ada, in_reply_to_id=parent.id)
    await posts.delete_post(world.ports, bob, posts.DeletePost(post_id=parent.id))
    world.clock.advance(3600)
    (job,) = await due(world)
    await scheduled.publish_scheduled(world.ports, job)
    (failed,) = await waiting(world, ada)
    assert "gone" in failed.error
    later = world.clock.now() + HOUR
    moved = await scheduled.move_scheduled_post(
        world.ports, ada, scheduled.MovePost(scheduled_id=kept.id, scheduled_at=later)
    )
    assert moved.error == ""


async def test_who_may_not_publish_any_more_publishes_nothing(world: World) -> None:
    ada = await someone(world, "ada")
    await schedule(world, ada)
    await world.build.set_state(ada.account, AccountState.SUSPENDED)  # type: ignore[arg-type]
    world.clock.advance(3600)
    (job,) = await due(world)
    await scheduled.publish_scheduled(world.ports, job)
    await world.build.set_state(ada.account, AccountState.ACTIVE)  # type: ignore[arg-type]
    assert await texts(world) == []
    assert (await waiting(world, ada))[0].error


async def test_who_publishes_too_much_has_to_wait(world: World) -> None:
    import dataclasses

    ada = await someone(world, "ada")
    await schedule(world, ada)
    world.clock.advance(3600)
    (job,) = await due(world)
    limits = dataclasses.replace(world.ports.limits, rates={"publish": (0, 60.0)})
    with pytest.raises(Temporary):
        await scheduled.publish_scheduled(dataclasses.replace(world.ports, limits=limits), job)
    await scheduled.publish_scheduled(world.ports, job)
    assert await texts(world) == ["later"]


@pytest.mark.parametrize("hours", [-1, 0, 4.9 / 60, 24 * 365 * 3, 1e9])
async def test_a_time_that_is_too_near_or_too_far_is_refused(world: World, hours: float) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid) as refused:
        await schedule(world, ada, hours=hours)
    assert "scheduled_at" in refused.value.fields


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("text", {"text": " "}),
        ("poll", {"poll": NewPoll(options=(), expires_in=600)}),
        ("in_reply_to_id", {"in_reply_to_id": 1}),
        ("quoted_post_id", {"quoted_post_id": 1}),
    ],
)
async def test_what_could_not_be_published_now_is_not_scheduled(
    world: World, field: str, wrong: dict[str, object]
) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid) as refused:
        await schedule(world, ada, **wrong)  # type: ignore[arg-type]
    assert field in refused.value.fields
    assert await waiting(world, ada) == []


async def test_a_day_is_full_some_time(world: World) -> None:
    ada = await someone(world, "ada")
    for _ in range(DAY_MAX):
        await schedule(world, ada)
    with pytest.raises(Invalid, match="one day"):
        await schedule(world, ada)
    other = await schedule(world, ada, hours=24)
    move = scheduled.MovePost(scheduled_id=other.id, scheduled_at=world.clock.now() + HOUR)
    with pytest.raises(Invalid, match="one day"):
        await scheduled.move_scheduled_post(world.ports, ada, move)
    assert (await scheduled.read_scheduled_post(world.ports, ada, other.id)) == other


async def test_scheduling_again_with_the_same_key_is_harmless(world: World) -> None:
    ada = await someone(world, "ada")
    first = await schedule(world, ada, idempotency_key="k")
    assert await schedule(world, ada, "other", idempotency_key="k") == first
    assert scheduled.command_of(first) == PublishPost(text="later")
    assert msgspec.json.decode(first.params)["idempotency_key"] == ""
