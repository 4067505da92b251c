"""Push subscriptions through their use cases."""

from __future__ import annotations

import base64

import pytest

from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.push import PushPolicy
from microblog_core.services import push
from microblog_core.services.push import (
    DeletePushSubscription,
    SetPushSubscription,
    UpdatePushSubscription,
)
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.world import World


def wish(**changes) -> SetPushSubscription:
    values = {
        "token_id": 7,
        "endpoint": "https://push.example.org/1",
        "p256dh": base64.b64encode(b"\x04" * 65).decode(),
        "auth": base64.b64encode(b"a" * 16).decode(),
        "alerts": ("poll", "mention", "party"),
        **changes,
    }
    return SetPushSubscription(**values)


async def test_an_app_subscribes_changes_its_mind_and_leaves(world: World) -> None:
    people = await world.build.people("ada", "bob")
    ada, bob = [await world.actor(each) for each in people]
    token = (await allow(world.build, await make_application(world.build), people[0], "hash")).token.id
    first = await push.set_push_subscription(world.ports, ada, wish(token_id=token))
    assert first.alerts == ("mention", "poll")
    second = await push.set_push_subscription(
        world.ports, ada, wish(token_id=token, endpoint="https://push.example.org/2")
    )
    assert await push.read_push_subscription(world.ports, ada, token) == second
    changed = await push.update_push_subscription(
        world.ports, ada, UpdatePushSubscription(token_id=token, policy=PushPolicy.NONE, alerts=("follow",))
    )
    assert (changed.alerts, changed.policy, changed.endpoint) == (
        ("follow",),
        PushPolicy.NONE,
        second.endpoint,
    )
    for attempt in (
        push.read_push_subscription(world.ports, bob, token),
        push.update_push_subscription(world.ports, bob, UpdatePushSubscription(token_id=token, alerts=())),
        push.read_push_subscription(world.ports, ada, 8),
    ):
        with pytest.raises(NotFound):
            await attempt
    for _ in range(2):
        await push.delete_push_subscription(world.ports, ada, DeletePushSubscription(token_id=token))
    assert await world.storage.push.get(token) is None


async def test_what_can_not_be_subscribed(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    for change, field in (
        ({"endpoint": "http://push.example.org/1"}, "endpoint"),
        ({"auth": ""}, "auth"),
        ({"p256dh": "x"}, "p256dh"),
    ):
        with pytest.raises(Invalid) as refused:
            await push.set_push_subscription(world.ports, ada, wish(**change))
        assert set(refused.value.fields) == {field}
    with pytest.raises(Unauthenticated):
        await push.set_push_subscription(world.ports, ANONYMOUS, wish())
    with pytest.raises(NotFound):
        await push.set_push_subscription(world.ports, ada, wish())
    assert await world.storage.push.get(7) is None


async def test_a_site_keeps_one_key_and_another_site_has_another(world: World) -> None:
    keys = [await push.read_push_key(world.ports) for _ in range(2)]
    assert len(set(keys)) == 1 and len(keys[0]) == 32
    assert keys[0] != await push.read_push_key(World().ports)
