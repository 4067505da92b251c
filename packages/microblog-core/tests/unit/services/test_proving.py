"""Accounts without a password: how they are made, and how their owners show that it is them."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, RateLimited, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.proving import FRESH_MILLISECONDS, Proof, proof_wanted
from microblog_core.domain.signing_up import Registrations
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddValue
from microblog_core.services import accounts, leaving, login, mails, profiles
from microblog_core.testing.world import World

PASSWORD = "correct horse"


def wish(name: str = "ada", **more: object) -> accounts.SignUpWithoutPassword:
    values = {
        "email": f"{name}@example.org",
        "beside": lambda account_id: (AddValue(plugin="badge", key="7", value=str(account_id).encode()),),
        **more,
    }
    return accounts.SignUpWithoutPassword(username=name, **values)  # type: ignore[arg-type]


async def without_password(world: World, **more: object) -> Account:
    return await accounts.sign_up_without_password(world.ports, ANONYMOUS, wish(**more))


def fresh(world: World, account: Account, ago: int = 0) -> Actor:
    """Somebody who logged in so many milliseconds ago."""
    return Actor(account=account, since=world.clock.now() - ago)


async def test_it_is_made_with_what_its_owner_is_recognised_by(world: World) -> None:
    ada = await without_password(world)
    stored = await world.storage.accounts.login_of(ada.id)
    assert stored is not None and stored.password_hash == "" and stored.email_confirmed_at == 0
    assert await world.storage.value("badge", "7") == str(ada.id).encode()
    with pytest.raises(Conflict):
        await without_password(world, name="bob")
    assert await world.storage.accounts.by_name("bob") is None


async def test_an_address_counts_as_confirmed_where_the_method_says_so(world: World) -> None:
    ports = dataclasses.replace(world.ports, mails=True)
    ada = await accounts.sign_up_without_password(ports, ANONYMOUS, wish(email_confirmed=True))
    stored = await world.storage.accounts.login_of(ada.id)
    assert stored is not None and stored.email_confirmed_at == world.clock.now()
    assert not await world.storage.queue.claim(world.clock.now(), limit=5, lease=60_000)


async def test_the_rules_of_signing_up_hold_without_a_password_too(world: World) -> None:
    def at(mode: Registrations) -> Ports:
        return dataclasses.replace(
            world.ports, limits=dataclasses.replace(world.ports.limits, registrations=mode)
        )

    for mode in (Registrations.CLOSED, Registrations.INVITATION):
        with pytest.raises(Forbidden):
            await accounts.sign_up_without_password(at(mode), ANONYMOUS, wish())
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up_without_password(at(Registrations.APPROVAL), ANONYMOUS, wish())
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Invalid) as refused:
        await without_password(world, name="admin", email="nothing")
    assert set(refused.value.fields) == {"username", "email"}
    waits = await accounts.sign_up_without_password(
        at(Registrations.APPROVAL), ANONYMOUS, wish(reason="I read you every day")
    )
    assert waits.state is AccountState.PENDING


async def test_no_password_lets_anybody_in(world: World) -> None:
    await without_password(world)
    for password in ("", "plain:", "anything"):
        with pytest.raises(Unauthenticated):
            await login.log_in(world.ports, ANONYMOUS, login.LogIn(name="ada", password=password))


async def test_a_log_in_of_the_last_ten_minutes_stands_for_the_password(world: World) -> None:
    ada = await without_password(world)
    for ago, passes in ((0, True), (FRESH_MILLISECONDS, True), (FRESH_MILLISECONDS + 1, False)):
        actor = fresh(world, ada, ago)
        if passes:
            await profiles.prove(world.ports, actor, "", field="password")
            continue
        with pytest.raises(Invalid) as refused:
            await profiles.prove(world.ports, actor, "whatever", field="current")
        assert refused.value.fields == {"current": "Log in once more, then do this within ten minutes."}


async def test_who_has_no_session_proves_nothing(world: World) -> None:
    ada = await without_password(world)
    with pytest.raises(Invalid):
        await profiles.prove(world.ports, Actor(account=ada), "", field="password")


async def test_where_there_is_a_password_it_is_asked_for_however_fresh_the_log_in_is(world: World) -> None:
    ada = await world.sign_up("ada")
    for password in ("", "wrong"):
        with pytest.raises(Invalid) as refused:
            await profiles.prove(world.ports, fresh(world, ada), password, field="password")
        assert refused.value.fields == {"password": "This is not your current password."}
    with pytest.raises(RateLimited):
        for _ in range(20):
            with pytest.raises(Invalid):
                await profiles.prove(world.ports, fresh(world, ada), "wrong", field="password")


async def test_the_first_password_is_set_without_one_and_asked_for_afterwards(world: World) -> None:
    ada = await without_password(world)
    stale = fresh(world, ada, FRESH_MILLISECONDS + 1)
    command = profiles.ChangePassword(current="", new=PASSWORD)
    with pytest.raises(Invalid):
        await profiles.change_password(world.ports, stale, command)
    await profiles.change_password(world.ports, fresh(world, ada), command)
    entered = await login.log_in(world.ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))
    assert entered.id == ada.id
    with pytest.raises(Invalid):
        await profiles.change_password(world.ports, fresh(world, ada), command)


async def test_the_address_is_changed_and_the_account_deleted_by_a_fresh_log_in(world: World) -> None:
    ada = await without_password(world)
    moved = profiles.ChangeEmail(password="", email="new@example.org")
    with pytest.raises(Invalid) as refused:
        await profiles.change_email(world.ports, fresh(world, ada, FRESH_MILLISECONDS + 1), moved)
    assert set(refused.value.fields) == {"current"}
    await profiles.change_email(world.ports, fresh(world, ada), moved)
    gone = leaving.DeleteOwnAccount(password="")
    with pytest.raises(Invalid):
        await leaving.delete_own_account(world.ports, Actor(account=ada), gone)
    await leaving.delete_own_account(world.ports, fresh(world, ada), gone)
    actions = [line.action for line in (await world.storage.audit(Page())).items]
    assert actions == ["account.left", "account.email"]


async def test_a_forgotten_password_is_set_by_mail_where_there_was_none(world: World) -> None:
    ports = dataclasses.replace(world.ports, mails=True)
    ada = await without_password(world, email_confirmed=True)
    stored = await world.storage.accounts.login_of(ada.id)
    assert stored is not None
    proof = mails.PasswordProof(account_id=ada.id, mark=mails.password_mark(stored))
    command = mails.ResetPassword(proof=proof, password=PASSWORD)
    await mails.reset_password(ports, ANONYMOUS, command)
    assert (await login.log_in(ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))).id == ada.id


async def test_what_is_wanted_of_an_account_without_a_log_in_here_is_a_password(world: World) -> None:
    assert proof_wanted(None, ANONYMOUS, 0) is Proof.PASSWORD
