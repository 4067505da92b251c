"""Following who wants to be asked, options of follows and mutes, and notes."""

from __future__ import annotations

import asyncio
import time

import pytest

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.events import AccountFollowed, FollowRequested
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor
from microblog_core.domain.relations import FollowOptions
from microblog_core.domain.timelines import Page
from microblog_core.services import notifications, profiles, relations, requests, timelines
from microblog_core.services.relations import FollowCommand, MuteCommand, NoteCommand, RelationCommand
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.world import World, make_ports


class Pair:
    """Ada, who wants to be asked, and Bob."""

    def __init__(self, world: World) -> None:
        self.world, self.ports = world, world.ports

    async def settle(self) -> Pair:
        self.ada = await self.world.actor(await self.world.build.account("ada", locked=True))
        self.bob = await self.world.actor(await self.world.build.account("bob"))
        self.to_ada = RelationCommand(account_id=self.ada.id or 0)
        self.to_bob = RelationCommand(account_id=self.bob.id or 0)
        return self

    async def told(self, actor: Actor) -> list[NotificationKind]:
        page = await notifications.read_notifications(self.ports, actor, Page())
        return [item.kind for item in page.items]


@pytest.fixture
async def pair(world: World) -> Pair:
    return await Pair(world).settle()


async def test_who_is_locked_is_asked_and_lets_in(pair: Pair) -> None:
    relation = await relations.follow(pair.ports, pair.bob, pair.to_ada)
    assert (relation.following, relation.requested) == (False, True)
    assert await relations.follow(pair.ports, pair.bob, pair.to_ada) == relation
    assert await pair.told(pair.ada) == [NotificationKind.FOLLOW_REQUEST]
    assert len(pair.world.bus.of(FollowRequested)) == 1
    assert pair.world.bus.of(AccountFollowed) == []
    listed = await requests.read_follow_requests(pair.ports, pair.ada, Page())
    assert [item.account.id for item in listed.items] == [pair.bob.id]
    let_in = await requests.authorise_follow(pair.ports, pair.ada, pair.to_bob)
    assert (let_in.requested_by, let_in.followed_by) == (False, True)
    assert await requests.authorise_follow(pair.ports, pair.ada, pair.to_bob) == let_in
    assert await pair.told(pair.ada) == []
    assert len(pair.world.bus.of(AccountFollowed)) == 1


async def test_a_request_is_rejected_or_withdrawn_and_leaves_nothing(pair: Pair) -> None:
    for end in (
        lambda: requests.reject_follow(pair.ports, pair.ada, pair.to_bob),
        lambda: relations.unfollow(pair.ports, pair.bob, pair.to_ada),
        lambda: relations.block(pair.ports, pair.ada, pair.to_bob),
    ):
        await relations.follow(pair.ports, pair.bob, pair.to_ada)
        await end()
        assert await pair.told(pair.ada) == []
        for service in (requests.authorise_follow, requests.reject_follow):
            with pytest.raises(NotFound):
                await service(pair.ports, pair.ada, pair.to_bob)


async def test_two_who_let_in_at_the_same_time_both_did(pair: Pair) -> None:
    await relations.follow(pair.ports, pair.bob, pair.to_ada)
    both = [requests.authorise_follow(pair.ports, pair.ada, pair.to_bob) for _ in range(2)]
    assert all(relation.followed_by for relation in await asyncio.gather(*both))
    account = await pair.world.storage.accounts.get(pair.ada.id or 0)
    assert account is not None
    assert account.followers_count == 1


async def test_unlocking_lets_nobody_in_but_whoever_asks_again(pair: Pair) -> None:
    await relations.follow(pair.ports, pair.bob, pair.to_ada)
    await profiles.update_profile(pair.ports, pair.ada, profiles.EditProfile(locked=False))
    relation = (await timelines.read_relationships(pair.ports, pair.bob, (pair.ada.id or 0,)))[0]
    assert (relation.following, relation.requested) == (False, True)
    relation = await relations.follow(pair.ports, pair.bob, pair.to_ada)
    assert (relation.following, relation.requested) == (True, False)
    assert await pair.told(pair.ada) == [NotificationKind.FOLLOW]


async def test_a_follower_is_removed(pair: Pair) -> None:
    await relations.follow(pair.ports, pair.ada, pair.to_bob)
    relation = await requests.remove_follower(pair.ports, pair.bob, pair.to_ada)
    assert not relation.followed_by
    assert await pair.told(pair.bob) == []
    assert await requests.remove_follower(pair.ports, pair.bob, pair.to_ada) == relation


async def test_following_again_changes_the_options_that_are_given(pair: Pair) -> None:
    bob = pair.bob.id or 0
    for command, options in (
        (FollowCommand(account_id=bob, notify=True), FollowOptions(notify=True)),
        (FollowCommand(account_id=bob, boosts=False), FollowOptions(notify=True, boosts=False)),
        (
            FollowCommand(account_id=bob, languages=("en", "pt-BR", "en")),
            FollowOptions(notify=True, boosts=False, languages=("en", "pt-BR")),
        ),
        (
            RelationCommand(account_id=bob),
            FollowOptions(notify=True, boosts=False, languages=("en", "pt-BR")),
        ),
        (FollowCommand(account_id=bob, boosts=True, notify=False, languages=()), FollowOptions()),
    ):
        assert (await relations.follow(pair.ports, pair.ada, command)).options == options
        found = await timelines.read_relationships(pair.ports, pair.ada, (bob,))
        assert found[0].options == options
    with pytest.raises(Invalid) as refused:
        await relations.follow(pair.ports, pair.ada, FollowCommand(account_id=bob, languages=("e n",)))
    assert set(refused.value.fields) == {"languages"}


async def test_a_mute_ends_when_it_was_to_end_and_not_when_it_was_changed() -> None:
    world = World(make_ports(clock=FrozenClock(time.time_ns() // 1_000_000)))
    ada, bob = await world.build.people("ada", "bob")
    actor, other = await world.actor(ada), bob.id
    relation = await relations.mute(world.ports, actor, MuteCommand(account_id=other, duration=3600))
    assert relation.mute_expires_at == world.clock.now() + 3600 * 1000
    again = MuteCommand(account_id=other, duration=7200, notifications=False)
    relation = await relations.mute(world.ports, actor, again)
    assert (relation.muting_notifications, relation.mute_expires_at) == (
        False,
        world.clock.now() + 7200 * 1000,
    )
    jobs = sorted((await world.storage.queue.page("queued", Page())).items, key=lambda job: job.due_at)
    for job, muting in zip(jobs, (True, False), strict=True):
        await relations.end_mute(world.ports, job)
        found = await timelines.read_relationships(world.ports, actor, (other,))
        assert found[0].muting is muting
    forever = await relations.mute(world.ports, actor, RelationCommand(account_id=other))
    assert (forever.muting, forever.muting_notifications, forever.mute_expires_at) == (True, True, None)
    for seconds in (-1, 10**12):
        with pytest.raises(Invalid):
            await relations.mute(world.ports, actor, MuteCommand(account_id=other, duration=seconds))


async def test_a_note_is_kept_for_its_writer(pair: Pair) -> None:
    command = NoteCommand(account_id=pair.bob.id or 0, comment="  met at the fair ")
    assert (await relations.set_note(pair.ports, pair.ada, command)).note == "met at the fair"
    with pytest.raises(Invalid):
        await relations.set_note(
            pair.ports, pair.ada, NoteCommand(account_id=pair.bob.id or 0, comment="x" * 2001)
        )


async def test_a_profile_changes_only_in_what_is_given(pair: Pair) -> None:
    before = pair.ada.account
    assert before is not None
    assert await profiles.update_profile(pair.ports, pair.ada, profiles.EditProfile()) == before
    edit = profiles.EditProfile(bio="Hello", hide_collections=True)
    await profiles.update_profile(pair.ports, pair.ada, edit)
    after = await pair.world.storage.accounts.get(before.id)
    assert after is not None
    assert (after.bio, after.bio_html, after.hide_collections, after.locked) == (
        "Hello",
        "<p>Hello</p>",
        True,
        True,
    )
    actor = Actor(account=after)
    await profiles.set_preferences(
        pair.ports, actor, profiles.SetPreferences(default_sensitive=True, default_language="de")
    )
    login = await profiles.read_login(pair.ports, actor)
    assert (login.default_sensitive, login.default_language, login.default_visibility) == (
        True,
        "de",
        "public",
    )
    with pytest.raises(Invalid):
        await profiles.set_preferences(
            pair.ports, actor, profiles.SetPreferences(default_language="not a language")
        )


async def test_people_are_found_by_what_was_typed(pair: Pair) -> None:
    for text, found in (("@A", ["ada"]), (" ADA ", ["ada"]), ("", []), ("@", []), ("b", ["bob"])):
        accounts = await timelines.find_accounts(pair.ports, pair.bob, text)
        assert [account.username for account in accounts] == found
