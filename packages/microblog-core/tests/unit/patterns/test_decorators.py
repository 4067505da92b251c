"""The decorators around use cases: limits, audit in the same transaction, retries of conflicts."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from microblog_core.domain.errors import Conflict, RateLimited, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import PutValue
from microblog_core.testing.world import World


async def someone(world: World, name: str, **more: object) -> Actor:
    return await world.actor(await world.build.account(name, **more))


class Note(msgspec.Struct, frozen=True):
    text: str


@audited("note.kept", lambda command: command.text)
async def keep(ports: Ports, actor: Actor, command: Note) -> None:
    unit = ports.unit()
    if command.text == "too big":
        unit.apply(PutValue(plugin="p", key="k", value=b"x" * (64 * 1024 + 1)))
    unit.plugins.put("p", "k", command.text.encode())
    await unit.commit()


async def test_an_audit_line_is_committed_with_the_change_or_not_at_all(world: World) -> None:
    await keep(world.ports, SYSTEM, Note("a"))
    with pytest.raises(Exception):  # noqa: B017, PT011  whichever error the storage gives, nothing may stay
        await keep(world.ports, SYSTEM, Note("too big"))
    lines = (await world.ports.storage.audit(Page())).items
    assert [(line.action, line.subject, line.detail) for line in lines] == [("note.kept", "a", "system")]


@rate_limited("note", limit=2, per=60)
async def noted(ports: Ports, actor: Actor, command: Note) -> str:
    return command.text


async def test_limits_count_per_account_or_address_and_not_for_the_system(world: World) -> None:
    ada, visitor = await someone(world, "ada"), Actor(address="192.0.2.7")
    for actor in (ada, ada, visitor, visitor, SYSTEM, SYSTEM, SYSTEM):
        await noted(world.ports, actor, Note("x"))
    for actor in (ada, visitor):
        with pytest.raises(RateLimited):
            await noted(world.ports, actor, Note("x"))
    await noted(world.ports, Actor(address="192.0.2.8"), Note("x"))


async def test_the_configuration_replaces_a_limit(world: World) -> None:
    limits = dataclasses.replace(world.ports.limits, rates={"note": (1, 60.0)})
    ports = dataclasses.replace(world.ports, limits=limits)
    ada = await someone(world, "ada")
    await noted(ports, ada, Note("x"))
    with pytest.raises(RateLimited):
        await noted(ports, ada, Note("x"))


async def test_conflicts_of_the_named_guard_are_tried_again_and_others_are_not(world: World) -> None:
    tries: list[str] = []

    @retried("id")
    async def use_case(ports: Ports, actor: Actor, command: Note) -> int:
        tries.append(command.text)
        if len(tries) < 3:
            raise Conflict("taken", guard=command.text)
        return len(tries)

    assert await use_case(world.ports, SYSTEM, Note("id")) == 3
    tries.clear()
    with pytest.raises(Conflict):
        await use_case(world.ports, SYSTEM, Note("email"))
    assert len(tries) == 1


async def test_authorised_asks_before_anything_runs(world: World) -> None:
    ran: list[int] = []

    @authorised("posts.write")
    async def use_case(ports: Ports, actor: Actor) -> None:
        ran.append(1)

    with pytest.raises(Unauthenticated):
        await use_case(world.ports, ANONYMOUS)
    assert not ran
    await use_case(world.ports, await someone(world, "ada"))
    assert ran
