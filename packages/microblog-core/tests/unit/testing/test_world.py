"""The world of the test kit: ports that work, a clock that stands still, events to look at."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import AccountCreated, PostPublished
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.clock import SystemClock
from microblog_core.services import timelines
from microblog_core.testing.builder import CountingIds, FrozenClock
from microblog_core.testing.world import RecordingBus, World, make_ports


async def test_people_act_through_use_cases(world: World) -> None:
    ada, bob = [await world.sign_up(name) for name in ("ada", "bob")]
    await world.follow(bob, ada)
    first = await world.publish(ada, "Hello @bob #tag")
    answer = await world.publish(bob, "Hi", answers=first.post, visibility=Visibility.UNLISTED)
    await world.boost(bob, first.post)
    await world.favourite(bob, first.post)
    home = await timelines.read_home(world.ports, await world.actor(bob), Page())
    assert [entry.post.id for entry in home.items] == [first.id, answer.id, first.id]
    assert home.items[0].post.favourites_count == 1
    assert answer.post.thread_id == first.id
    public = await timelines.read_public(world.ports, ANONYMOUS, Page())
    assert [entry.id for entry in public.items] == [first.id]


async def test_two_worlds_are_the_same_to_the_last_id() -> None:
    made = []
    for world in (World(), World()):
        ada = await world.sign_up("ada")
        made.append((ada, (await world.publish(ada, "Hello")).post, world.bus.events))
    assert made[0] == made[1]


async def test_events_are_kept_in_order_and_by_type(world: World) -> None:
    heard: list[int] = []
    stop = world.bus.subscribe(AccountCreated, lambda event: heard.append(event.account_id))
    ada = await world.sign_up("ada")
    stop()
    await world.sign_up("bob")
    post = (await world.publish(ada, "Hello")).post
    assert heard == [ada.id]
    assert [event.type for event in world.bus.events] == [
        "account.created",
        "account.created",
        "post.published",
    ]
    assert [event.post_id for event in world.bus.of(PostPublished)] == [post.id]
    world.bus.clear()
    assert world.bus.events == []


async def test_nobody_gone_can_act(world: World) -> None:
    ada = await world.sign_up("ada")
    with pytest.raises(NotFound):
        await World().actor(ada)


def test_the_clock_moves_only_when_told() -> None:
    clock = FrozenClock(at=5000)
    assert (clock.now(), clock.now()) == (5000, 5000)
    assert clock.advance(1.5) == clock.now() == 6500


def test_ids_grow_even_when_the_clock_does_not() -> None:
    ids = CountingIds()
    assert [ids.at(1), ids.at(1), ids.at(0)] == [1 << 16, (1 << 16) + 1, (1 << 16) + 2]
    assert ids.backdated(3) != ids.backdated(3)
    assert ids.backdated(3) >> 16 == 3


def test_a_world_needs_the_ports_that_it_moves_and_looks_at() -> None:
    with pytest.raises(TypeError, match="FrozenClock"):
        World(make_ports(clock=SystemClock()))
    with pytest.raises(TypeError, match="CountingIds"):
        World(make_ports(ids=object()))
    with pytest.raises(TypeError, match="RecordingBus"):
        _ = World(make_ports(bus=object())).bus
    assert isinstance(make_ports().bus, RecordingBus)
