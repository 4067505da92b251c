"""The count of unread notifications is kept; whatever changes it must be seen at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.services import accounts, notifications, posts, reactions, relations
from microblog_core.testing.world import World


class Town:
    """Ada has named Bob in a public and in a direct post, and favourited one of his. Now that changes."""

    def __init__(self, world: World) -> None:
        self.world, self.ports = world, world.ports

    async def settle(self) -> None:
        self.ada = await self.world.actor(await self.world.build.account("ada"))
        self.bob = await self.world.actor(await self.world.build.account("bob"))
        self.own = await self.publish(self.bob, "a post of Bob's")
        self.named = await self.publish(self.ada, "hello @bob")
        self.secret = await self.publish(self.ada, "psst @bob", visibility=Visibility.DIRECT)
        await reactions.favourite_post(self.ports, self.ada, reactions.PostCommand(post_id=self.own))

    async def publish(self, actor: Actor, text: str, **more: object) -> int:
        command = posts.PublishPost(text=text, **more)  # type: ignore[arg-type]
        return (await posts.publish_post(self.ports, actor, command)).post.id

    @property
    def ada_id(self) -> relations.RelationCommand:
        return relations.RelationCommand(account_id=self.ada.id or 0)


async def name_again(town: Town) -> None:
    await town.publish(town.ada, "@bob again")


async def read_all(town: Town) -> None:
    newest = (await notifications.read_notifications(town.ports, town.bob, Page())).items[0]
    await notifications.mark_notifications_read(
        town.ports, town.bob, notifications.MarkRead(up_to_id=newest.id)
    )


async def delete(town: Town) -> None:
    await posts.delete_post(town.ports, town.ada, posts.DeletePost(post_id=town.named))


async def delete_own(town: Town) -> None:
    await posts.delete_post(town.ports, town.bob, posts.DeletePost(post_id=town.own))


async def name_no_more(town: Town) -> None:
    edit = posts.EditPost(post_id=town.secret, text="psst")
    await posts.edit_post(town.ports, town.ada, edit)


async def take_back(town: Town) -> None:
    await reactions.unfavourite_post(town.ports, town.ada, reactions.PostCommand(post_id=town.own))


async def mute(town: Town) -> None:
    await relations.mute(town.ports, town.bob, town.ada_id)


async def block(town: Town) -> None:
    await relations.block(town.ports, town.bob, town.ada_id)


async def get_blocked(town: Town) -> None:
    command = relations.RelationCommand(account_id=town.bob.id or 0)
    await relations.block(town.ports, town.ada, command)


async def suspend(town: Town) -> None:
    change = accounts.SetState(account_id=town.ada.id or 0, state=AccountState.SUSPENDED)
    await accounts.set_account_state(town.ports, SYSTEM, change)


@pytest.mark.parametrize(
    "change",
    [name_again, read_all, delete, delete_own, name_no_more, take_back, mute, block, get_blocked, suspend],
)
async def test_a_change_of_what_is_unread_is_counted_at_once(
    world: World, change: Callable[[Town], Awaitable[None]]
) -> None:
    town = Town(world)
    await town.settle()
    before = await notifications.count_unread(town.ports, town.bob)
    await change(town)
    after = await town.ports.storage.notifications.unread(town.bob.id or 0)
    assert after != before, "the change changes nothing, so this proves nothing"
    assert await notifications.count_unread(town.ports, town.bob) == after


@pytest.mark.parametrize(
    ("do", "undo"), [(relations.mute, relations.unmute), (relations.block, relations.unblock)]
)
async def test_what_is_shown_again_is_counted_again(
    world: World, do: Callable[..., Awaitable[object]], undo: Callable[..., Awaitable[object]]
) -> None:
    town = Town(world)
    await town.settle()
    before = await notifications.count_unread(town.ports, town.bob)
    await do(town.ports, town.bob, town.ada_id)
    assert await notifications.count_unread(town.ports, town.bob) < before
    await undo(town.ports, town.bob, town.ada_id)
    assert await notifications.count_unread(town.ports, town.bob) == before


async def test_what_an_unblock_shows_again_is_counted_by_who_was_blocked(world: World) -> None:
    town = Town(world)
    await town.settle()
    before = await notifications.count_unread(town.ports, town.bob)
    await get_blocked(town)
    assert await notifications.count_unread(town.ports, town.bob) == 0
    await relations.unblock(town.ports, town.ada, relations.RelationCommand(account_id=town.bob.id or 0))
    assert await notifications.count_unread(town.ports, town.bob) == before


async def test_the_count_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(world)
    await town.settle()
    before = await notifications.count_unread(town.ports, town.bob)

    async def refuse(viewer: int, limit: int = 100) -> int:
        raise AssertionError("asked the storage again")

    monkeypatch.setattr(town.ports.storage.notifications, "unread", refuse)
    assert await notifications.count_unread(town.ports, town.bob) == before
