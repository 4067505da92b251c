"""Commands can be executed by name, undone by their inverse, and wait in the outbox as JSON."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.errors import Forbidden, Invalid, NotFound
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.patterns.commands import CommandRegistry
from microblog_core.services import accounts, posts, reactions, timelines
from microblog_core.services.commands import core_commands
from microblog_core.testing.world import World


async def someone(world: World, name: str, **more: object) -> Actor:
    return await world.actor(await world.build.account(name, **more))


async def test_a_command_and_its_inverse_leave_things_as_they_were(world: World) -> None:
    ada, registry = await someone(world, "ada"), core_commands()
    entry = await posts.publish_post(world.ports, ada, posts.PublishPost(text="one"))
    command = reactions.PostCommand(post_id=entry.post.id)
    assert (await registry.execute(world.ports, ada, "favourite", command)).favourited
    assert not (await registry.undo(world.ports, ada, "favourite", command)).favourited


def test_every_inverse_is_registered_and_takes_the_same_command() -> None:
    registered = core_commands().names
    pairs = [(entry, registered[entry.inverse]) for entry in registered.values() if entry.inverse]
    assert len(pairs) == 18
    assert all(entry.command is inverse.command and inverse.inverse == entry.name for entry, inverse in pairs)


async def test_what_has_no_inverse_cannot_be_undone(world: World) -> None:
    with pytest.raises(Invalid):
        await core_commands().undo(
            world.ports, await someone(world, "ada"), "publish", posts.PublishPost(text="out")
        )


async def test_a_post_that_is_deleted_by_name_comes_back_by_its_inverse(world: World) -> None:
    ada, registry = await someone(world, "ada"), core_commands()
    entry = await posts.publish_post(world.ports, ada, posts.PublishPost(text="one"))
    command = posts.DeletePost(post_id=entry.post.id)
    await registry.execute(world.ports, ada, "delete", command)
    assert (await timelines.read_public(world.ports, ada, Page())).items == ()
    await registry.undo(world.ports, ada, "delete", command)
    assert len((await timelines.read_public(world.ports, ada, Page())).items) == 1


async def test_a_queued_command_runs_as_the_account_that_gave_it_with_the_rights_it_has_now(
    world: World,
) -> None:
    ada, registry = await someone(world, "ada"), core_commands()
    job = registry.queue(world.ports, ada, "publish", posts.PublishPost(text="later"), due_at=5)
    assert job.due_at == 5
    unit = world.ports.unit()
    unit.outbox.add(job)
    await unit.commit()
    (claimed,) = await world.ports.storage.queue.claim(10, limit=5, lease=1000)
    await registry.run(world.ports, claimed)
    (entry,) = (await timelines.read_public(world.ports, ada, Page())).items
    assert (entry.post.text, entry.author.id) == ("later", ada.id)
    from microblog_core.domain.accounts import AccountState

    await accounts.set_account_state(
        world.ports, SYSTEM, accounts.SetState(account_id=ada.id or 0, state=AccountState.DISABLED)
    )
    with pytest.raises(Forbidden):
        await registry.run(world.ports, claimed)


async def test_unknown_and_doubled_names_are_refused(world: World) -> None:
    registry = CommandRegistry()
    with pytest.raises(NotFound):
        registry.get("fly")
    registry.register("fly", reactions.PostCommand, reactions.boost_post)
    with pytest.raises(ValueError, match="registered already"):
        registry.register("fly", reactions.PostCommand, reactions.boost_post)
    assert msgspec.structs.asdict(registry.get("fly"))["inverse"] == ""
