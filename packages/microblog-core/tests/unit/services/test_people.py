"""Accounts, log-in, sessions, profiles and relations: what is stored, told and refused."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited, Unauthenticated
from microblog_core.domain.events import AccountCreated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.signing_up import Registrations
from microblog_core.domain.timelines import Page
from microblog_core.services import accounts, login, profiles, relations, sessions
from microblog_core.services.housekeeping import core_sweeps
from microblog_core.testing.world import World


async def someone(world: World, name: str, **more: object) -> Actor:
    return await world.actor(await world.build.account(name, **more))


PASSWORD = "correct horse battery"


def wish(name: str = "Ada", email: str = "") -> accounts.SignUp:
    return accounts.SignUp(username=name, email=email or f"{name}@example.org", password=PASSWORD)


async def test_a_person_signs_up_and_logs_in_by_name_or_address_in_any_spelling(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    for name in ("ada", "ADA", "@Ada", "ada@EXAMPLE.org", " Ada "):
        found = await login.log_in(world.ports, ANONYMOUS, login.LogIn(name=name, password=PASSWORD))
        assert found.id == account.id
    assert [event.account_id for event in world.bus.events if isinstance(event, AccountCreated)] == [
        account.id
    ]


@pytest.mark.parametrize("name", ["admin", "Adm1n", "support", "a d a", "", "ä", "x" * 31, "____", "123"])
async def test_reserved_lookalike_and_malformed_names_are_refused_at_the_field(
    world: World, name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up(world.ports, ANONYMOUS, wish(name, "x@example.org"))
    assert set(refused.value.fields) == {"username"}


async def test_all_wrong_fields_are_told_at_once(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up(
            world.ports, ANONYMOUS, accounts.SignUp(username="", email="nothing", password="short")
        )
    assert set(refused.value.fields) == {"username", "email", "password"}


@pytest.mark.parametrize("name", ["alice", "ALICE", "a1ice", "alIce", "alice_"])
async def test_a_taken_name_and_what_looks_like_it_are_refused(world: World, name: str) -> None:
    await accounts.sign_up(world.ports, ANONYMOUS, wish("alice"))
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up(world.ports, ANONYMOUS, wish(name, "other@example.org"))
    assert set(refused.value.fields) == {"username"}


async def test_an_address_is_taken_in_any_spelling(world: World) -> None:
    await accounts.sign_up(world.ports, ANONYMOUS, wish("alice", "a@example.org"))
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up(world.ports, ANONYMOUS, wish("bob", "A@Example.ORG"))
    assert set(refused.value.fields) == {"email"}


async def test_fifty_at_once_for_one_name_make_one_account(world: World) -> None:
    results = await asyncio.gather(
        *[
            accounts.sign_up(
                world.ports, Actor(address=f"192.0.2.{number}"), wish("ada", f"a{number}@example.org")
            )
            for number in range(50)
        ],
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(result, Invalid) for result in results if isinstance(result, BaseException))


async def test_guessing_is_throttled_for_the_account_and_not_for_its_neighbours(world: World) -> None:
    await accounts.sign_up(world.ports, ANONYMOUS, wish("ada"))
    await accounts.sign_up(world.ports, ANONYMOUS, wish("bob"))
    nat = Actor(address="192.0.2.1")
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await login.log_in(world.ports, nat, login.LogIn(name="ada", password="wrong"))
    with pytest.raises(RateLimited):
        await login.log_in(world.ports, nat, login.LogIn(name="ada@example.org", password=PASSWORD))
    await login.log_in(world.ports, nat, login.LogIn(name="bob", password=PASSWORD))
    world.clock.advance(901)
    await login.log_in(world.ports, nat, login.LogIn(name="ada", password=PASSWORD))


async def test_a_wrong_password_and_an_unknown_name_say_the_same(world: World) -> None:
    await accounts.sign_up(world.ports, ANONYMOUS, wish("ada"))
    said = set()
    for name in ("ada", "nobody_here", ""):
        with pytest.raises(Unauthenticated) as refused:
            await login.log_in(world.ports, ANONYMOUS, login.LogIn(name=name, password="wrong"))
        said.add((refused.value.message, refused.value.code))
    assert len(said) == 1


async def test_closed_registrations_are_closed(world: World) -> None:
    closed = dataclasses.replace(
        world.ports, limits=dataclasses.replace(world.ports.limits, registrations=Registrations.CLOSED)
    )
    with pytest.raises(Forbidden):
        await accounts.sign_up(closed, ANONYMOUS, wish())


async def test_a_session_lives_until_log_out_and_is_stored_only_hashed(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    opened = await sessions.open_session(world.ports, account, "Browser\n1")
    assert opened.token not in opened.session.token_hash
    row = await sessions.resume_session(world.ports, opened.token)
    assert row is not None
    assert (row.account.id, row.session.user_agent) == (account.id, "Browser 1")
    await sessions.close_session(world.ports, opened.token)
    assert await sessions.resume_session(world.ports, opened.token) is None
    assert await sessions.resume_session(world.ports, "") is None


async def test_a_session_keeps_its_address_for_its_owner_and_not_in_the_cache(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    opened = await sessions.open_session(world.ports, account, address="2001:db8::7")
    (listed,) = await sessions.list_sessions(world.ports, Actor(account=account))
    assert listed.address == "2001:db8::7"
    row = await sessions.resume_session(world.ports, opened.token)
    assert row is not None and row.session.address == ""


async def test_where_addresses_are_not_kept_none_is_written(world: World) -> None:
    limits = dataclasses.replace(world.ports.limits, address_milliseconds=0)
    ports = dataclasses.replace(world.ports, limits=limits)
    account = await accounts.sign_up(ports, ANONYMOUS, wish())
    opened = await sessions.open_session(ports, account, address="2001:db8::7")
    assert opened.session.address == ""
    assert [each.address for each in await sessions.list_sessions(ports, Actor(account=account))] == [""]


async def test_addresses_are_swept_after_the_days_that_the_site_says(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    await sessions.open_session(world.ports, account, address="2001:db8::7")
    (sweep,) = [each for each in core_sweeps(lambda: world.ports) if each.name == "addresses"]
    begun = world.clock.now()
    kept = world.ports.limits.address_milliseconds
    assert await sweep.remove(begun + kept, 10) == 0
    assert await sweep.remove(begun + kept + 1, 10) == 1
    assert await sweep.count(begun + kept + 1, 10) == 0
    assert [each.address for each in await sessions.list_sessions(world.ports, Actor(account=account))] == [
        ""
    ]


async def test_a_session_ends_when_its_time_is_over(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    opened = await sessions.open_session(world.ports, account)
    assert await sessions.resume_session(world.ports, opened.token) is not None
    world.clock.advance(world.ports.limits.session_milliseconds / 1000 + 1)
    assert await sessions.resume_session(world.ports, opened.token) is None


async def test_disabling_ends_sessions_at_once_and_log_in_with_a_reason(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    opened = await sessions.open_session(world.ports, account)
    assert await sessions.resume_session(world.ports, opened.token) is not None
    change = accounts.SetState(account_id=account.id, state=AccountState.DISABLED)
    await accounts.set_account_state(world.ports, SYSTEM, change)
    assert await sessions.resume_session(world.ports, opened.token) is None
    with pytest.raises(Unauthenticated) as refused:
        await login.log_in(world.ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))
    assert refused.value.code == "account_disabled"
    with pytest.raises(Forbidden):
        await accounts.set_account_state(world.ports, await someone(world, "bob"), change)


async def test_a_new_password_ends_all_sessions_but_the_own(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish())
    here, there = [await sessions.open_session(world.ports, account) for _ in range(2)]
    actor = Actor(account=account)
    command = profiles.ChangePassword(
        current=PASSWORD, new="another good one", keep_token_hash=here.session.token_hash
    )
    with pytest.raises(Invalid) as refused:
        await profiles.change_password(
            world.ports, actor, profiles.ChangePassword(current="wrong", new="another good one")
        )
    assert set(refused.value.fields) == {"current"}
    await profiles.change_password(world.ports, actor, command)
    assert await sessions.resume_session(world.ports, here.token) is not None
    assert await sessions.resume_session(world.ports, there.token) is None
    await login.log_in(world.ports, ANONYMOUS, login.LogIn(name="ada", password="another good one"))


async def test_a_new_address_needs_the_password_and_must_be_free(world: World) -> None:
    account = await accounts.sign_up(world.ports, ANONYMOUS, wish("ada"))
    await accounts.sign_up(world.ports, ANONYMOUS, wish("bob"))
    actor = Actor(account=account)
    with pytest.raises(Invalid) as refused:
        await profiles.change_email(
            world.ports, actor, profiles.ChangeEmail(password=PASSWORD, email="bob@example.org")
        )
    assert set(refused.value.fields) == {"email"}
    await profiles.change_email(
        world.ports, actor, profiles.ChangeEmail(password=PASSWORD, email="new@example.org")
    )
    assert (await profiles.read_login(world.ports, actor)).email == "new@example.org"


async def test_people_end_their_own_sessions_and_nobody_elses(world: World) -> None:
    ada = await accounts.sign_up(world.ports, ANONYMOUS, wish("ada"))
    bob = await accounts.sign_up(world.ports, ANONYMOUS, wish("bob"))
    opened = await sessions.open_session(world.ports, ada)
    revoke = sessions.RevokeSession(token_hash=opened.session.token_hash)
    with pytest.raises(NotFound):
        await sessions.revoke_session(world.ports, Actor(account=bob), revoke)
    await sessions.revoke_session(world.ports, Actor(account=ada), revoke)
    assert await sessions.resume_session(world.ports, opened.token) is None


async def test_a_profile_is_cleaned_rendered_and_versioned(world: World) -> None:
    ada = await someone(world, "ada")
    changed = await profiles.update_profile(
        world.ports,
        ada,
        profiles.EditProfile(
            display_name="Ada\u202e  L.\n",
            bio="I like <b>#engines</b>",
            fields=(("Web", "https://example.org"), ("", "dropped")),
        ),
    )
    assert changed.display_name == "Ada L."
    assert "&lt;b&gt;" in changed.bio_html
    assert '/tags/engines" class="mention hashtag"' in changed.bio_html
    assert [field.name for field in changed.fields] == ["Web"]
    profile = await profiles.read_profile(world.ports, ANONYMOUS, "ADA", "", Page())
    assert profile.account.display_name == "Ada L."
    assert profile.account.version == 2


async def test_a_profile_too_long_is_refused_at_its_fields(world: World) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid) as refused:
        await profiles.update_profile(
            world.ports,
            ada,
            profiles.EditProfile(display_name="x" * 61, bio="y" * 501, fields=(("n", "v"),) * 5),
        )
    assert set(refused.value.fields) == {"display_name", "bio", "fields"}


async def test_follow_is_counted_told_and_taken_back(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    command = relations.RelationCommand(account_id=bob.id or 0)
    for _ in range(2):
        assert (await relations.follow(world.ports, ada, command)).following
    profile = await profiles.read_profile(world.ports, ada, "bob", "", Page())
    assert profile.account.followers_count == 1
    assert profile.relationship is not None
    assert profile.relationship.following
    for _ in range(2):
        assert not (await relations.unfollow(world.ports, ada, command)).following
    assert (await profiles.read_profile(world.ports, ada, "bob", "", Page())).account.followers_count == 0


async def test_a_block_ends_follows_and_hides_both_ways(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    to_ada = relations.RelationCommand(account_id=ada.id or 0)
    to_bob = relations.RelationCommand(account_id=bob.id or 0)
    await relations.follow(world.ports, ada, to_bob)
    await relations.follow(world.ports, bob, to_ada)
    assert (await relations.block(world.ports, ada, to_bob)).blocking
    with pytest.raises(NotFound):
        await profiles.read_profile(world.ports, bob, "ada", "", Page())
    with pytest.raises(NotFound):
        await relations.follow(world.ports, bob, to_ada)
    with pytest.raises(Forbidden):
        await relations.follow(world.ports, ada, to_bob)
    relation = await relations.unblock(world.ports, ada, to_bob)
    assert not (relation.blocking or relation.following or relation.followed_by)


@pytest.mark.parametrize(
    "use_case", [relations.follow, relations.block, relations.mute, relations.unfollow, relations.unmute]
)
async def test_nobody_relates_to_themselves_or_to_nobody(world: World, use_case: object) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid):
        await use_case(world.ports, ada, relations.RelationCommand(account_id=ada.id or 0))  # type: ignore[operator]
    with pytest.raises(NotFound):
        await use_case(world.ports, ada, relations.RelationCommand(account_id=999))  # type: ignore[operator]
    with pytest.raises(Unauthenticated):
        await use_case(world.ports, ANONYMOUS, relations.RelationCommand(account_id=999))  # type: ignore[operator]


async def test_an_operator_makes_an_account_with_a_role_and_gives_a_password(world: World) -> None:
    made = await accounts.create_account(
        world.ports,
        SYSTEM,
        accounts.CreateAccount(
            username="root_ada", email="r@example.org", password=PASSWORD, role=Role.ADMINISTRATOR
        ),
    )
    assert made.role is Role.ADMINISTRATOR
    opened = await sessions.open_session(world.ports, made)
    await accounts.set_password(
        world.ports, SYSTEM, accounts.SetPassword(account_id=made.id, password="a newer one")
    )
    assert await sessions.resume_session(world.ports, opened.token) is None
    assert (await accounts.find_account(world.ports, "@root_ada")).id == made.id
    with pytest.raises(NotFound):
        await accounts.find_account(world.ports, "nobody")
    with pytest.raises(Forbidden):
        await accounts.set_password(
            world.ports,
            await someone(world, "eve"),
            accounts.SetPassword(account_id=made.id, password="stolen it"),
        )
