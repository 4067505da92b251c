"""Applications and their tokens: what is stored, told once, cached and ended."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.applications import CODE_MILLISECONDS, Application
from microblog_core.domain.errors import Invalid, NotFound, RateLimited, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import UpdateLogin
from microblog_core.services import accounts, applications, relations, sessions
from microblog_core.services.applications import (
    ABANDONED_MILLISECONDS,
    Authorise,
    ExchangeCode,
    IssueToken,
    RegisterApplication,
    RevokeApplication,
)
from microblog_core.testing.world import World

WISH = RegisterApplication(
    name="Elephant", redirect_uris="elephant://", scopes="read write:statuses", website=""
)


async def registered(world: World, **changes: object) -> Application:
    wish = RegisterApplication(
        **{
            "name": WISH.name,
            "redirect_uris": WISH.redirect_uris,
            "scopes": WISH.scopes,
            **changes,
        }  # type: ignore[arg-type]
    )
    return (await applications.register_application(world.ports, ANONYMOUS, wish)).application


async def code_for(world: World, actor: Actor, application: Application) -> str:
    command = Authorise(application=application, redirect_uri="elephant://", scopes=("read",))
    return await applications.authorise(world.ports, actor, command)


async def token_for(world: World, actor: Actor, application: Application) -> str:
    code = await applications.find_code(world.ports, await code_for(world, actor, application))
    assert code is not None
    command = ExchangeCode(application=application, code=code)
    return (await applications.exchange_code(world.ports, ANONYMOUS, command)).token


class Reads:
    """Counts how often a token is read from the storage."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        reader = world.storage.applications
        read = reader.token

        async def counted(token_hash: str):
            self.count += 1
            return await read(token_hash)

        monkeypatch.setattr(reader, "token", counted)


@pytest.fixture
async def ada(world: World) -> Actor:
    return await world.actor(await world.build.account("ada"))


async def test_a_registration_tells_the_secret_once(world: World) -> None:
    new = await applications.register_application(world.ports, ANONYMOUS, WISH)
    assert applications.is_secret_of(new.application, new.secret)
    for wrong in ("", "wrong", new.secret + "x", new.application.secret_hash):
        assert not applications.is_secret_of(new.application, wrong)
    assert new.secret not in repr(new.application)
    found = await applications.find_application(world.ports, new.application.client_id)
    assert found == new.application
    for unknown in ("", "nobody", "x" * 500, "\0"):
        assert await applications.find_application(world.ports, unknown) is None


async def test_a_public_application_has_no_secret(world: World) -> None:
    public = await registered(world, public=True)
    assert not public.confidential
    for secret in ("", "-", "anything"):
        assert not applications.is_secret_of(public, secret)
    with pytest.raises(Invalid):
        await applications.issue_application_token(
            world.ports, ANONYMOUS, IssueToken(application=public, scopes=("read",))
        )


async def test_all_that_is_wrong_is_told_at_once(world: World) -> None:
    wish = RegisterApplication(name="", redirect_uris="x", scopes="x", website="x")
    with pytest.raises(Invalid) as refused:
        await applications.register_application(world.ports, ANONYMOUS, wish)
    assert set(refused.value.fields) == {"client_name", "redirect_uris", "scopes", "website"}


async def test_registrations_from_one_address_are_limited(world: World) -> None:
    limited = dataclasses.replace(
        world.ports,
        limits=dataclasses.replace(world.ports.limits, rates={"register_application": (1, 60.0)}),
    )
    await applications.register_application(limited, ANONYMOUS, WISH)
    with pytest.raises(RateLimited):
        await applications.register_application(limited, ANONYMOUS, WISH)


async def test_abandoned_applications_go_when_others_register(world: World, ada: Actor) -> None:
    abandoned, used = await registered(world), await registered(world)
    await token_for(world, ada, used)
    world.clock.advance(ABANDONED_MILLISECONDS / 1000 + 1)
    await registered(world)
    assert await applications.find_application(world.ports, abandoned.client_id) is None
    assert await applications.find_application(world.ports, used.client_id) == used
    with pytest.raises(NotFound):
        await code_for(world, ada, abandoned)


async def test_what_is_allowed_is_within_what_was_registered(world: World, ada: Actor) -> None:
    application, public = await registered(world), await registered(world, public=True)
    good = Authorise(application=application, redirect_uri="elephant://", scopes=("read:accounts",))
    for changes, field in (
        ({"redirect_uri": "elephant://x"}, "redirect_uri"),
        ({"scopes": ("write",)}, "scopes"),
        ({"scopes": ()}, "scopes"),
        ({"code_challenge": "plain"}, "code_challenge"),
        ({"application": public}, "code_challenge"),
    ):
        command = Authorise(**{name: getattr(good, name) for name in good.__struct_fields__} | changes)
        with pytest.raises(Invalid) as refused:
            await applications.authorise(world.ports, ada, command)
        assert set(refused.value.fields) == {field}
    with pytest.raises(Unauthenticated):
        await applications.authorise(world.ports, ANONYMOUS, good)
    with pytest.raises(Invalid):
        await applications.issue_application_token(
            world.ports, ANONYMOUS, IssueToken(application=application, scopes=("write",))
        )


async def test_of_many_exchanges_of_a_code_one_gets_a_token(world: World, ada: Actor) -> None:
    application = await registered(world)
    text = await code_for(world, ada, application)
    code = await applications.find_code(world.ports, text)
    assert code is not None
    command = ExchangeCode(application=application, code=code)
    results = await asyncio.gather(
        *[applications.exchange_code(world.ports, ANONYMOUS, command) for _ in range(20)],
        return_exceptions=True,
    )
    given = [result for result in results if not isinstance(result, BaseException)]
    assert len(given) == 1
    assert all(isinstance(lost, Invalid) for lost in results if lost is not given[0])
    assert await applications.resume_token(world.ports, given[0].token) is None


async def test_an_expired_code_ends_nothing(world: World, ada: Actor) -> None:
    application = await registered(world)
    token = await token_for(world, ada, application)
    code = await applications.find_code(world.ports, await code_for(world, ada, application))
    assert code is not None
    world.clock.advance(CODE_MILLISECONDS / 1000)
    with pytest.raises(Invalid) as refused:
        await applications.exchange_code(
            world.ports, ANONYMOUS, ExchangeCode(application=application, code=code)
        )
    assert refused.value.code == "invalid_grant"
    assert await applications.resume_token(world.ports, token) is not None


async def test_a_token_is_read_once_until_something_of_it_changes(
    world: World, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = await registered(world)
    token = await token_for(world, ada, application)
    reads = Reads(world, monkeypatch)
    for _ in range(3):
        access = await applications.resume_token(world.ports, token)
        assert access is not None
        assert access.account == ada.account
    assert reads.count == 1
    unit = world.ports.unit()
    unit.accounts.update_login(UpdateLogin(account_id=access.account.id, locale="de"))
    await unit.commit()
    access = await applications.resume_token(world.ports, token)
    assert access is not None
    assert access.login is not None
    assert (access.login.locale, reads.count) == ("de", 2)
    other = await world.build.account("ben")
    await relations.follow(world.ports, ada, relations.RelationCommand(account_id=other.id))
    access = await applications.resume_token(world.ports, token)
    assert access is not None
    assert access.account is not None
    assert (access.account.following_count, reads.count) == (1, 3)


async def test_where_other_processes_write_unheard_a_token_is_read_each_time(
    world: World, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await token_for(world, ada, await registered(world))
    reads = Reads(world, monkeypatch)
    monkeypatch.setattr(world.storage, "coherent", False)
    for _ in range(3):
        assert await applications.resume_token(world.ports, token) is not None
    assert reads.count == 3


@pytest.mark.parametrize("how", ["token", "application", "code", "state", "password", "account"])
async def test_a_cached_token_ends_at_once(world: World, ada: Actor, how: str) -> None:
    application = await registered(world)
    token = await token_for(world, ada, application)
    ports, account = world.ports, ada.account
    assert account is not None
    access = await applications.resume_token(ports, token)
    assert access is not None
    if how == "token":
        assert await applications.revoke_token(ports, application, token)
    elif how == "application":
        await applications.revoke_authorised(ports, ada, RevokeApplication(application_id=application.id))
    elif how == "code":
        code = await ports.storage.applications.code(access.token.code_hash)
        assert code is not None
        await applications.end_replayed(ports, code)
    elif how == "state":
        command = accounts.SetState(account_id=account.id, state=AccountState.DISABLED)
        await accounts.set_account_state(ports, SYSTEM, command)
    elif how == "password":
        new = accounts.SetPassword(account_id=account.id, password="another good one")
        await accounts.set_password(ports, SYSTEM, new)
    else:
        unit = ports.unit()
        unit.applications.delete_tokens(account.id)
        await unit.commit()
    assert await applications.resume_token(ports, token) is None


async def test_others_tokens_are_neither_told_of_nor_ended(world: World, ada: Actor) -> None:
    application, other = await registered(world), await registered(world)
    token = await token_for(world, ada, application)
    assert await applications.introspect_token(world.ports, other, token) is None
    assert not await applications.revoke_token(world.ports, other, token)
    assert await applications.introspect_token(world.ports, application, token) is not None
    assert await applications.revoke_token(world.ports, application, "unknown")


async def test_people_end_only_what_they_allowed_themselves(world: World, ada: Actor) -> None:
    ben = await world.actor(await world.build.account("ben"))
    application = await registered(world)
    token = await token_for(world, ada, application)
    command = RevokeApplication(application_id=application.id)
    await applications.revoke_authorised(world.ports, ben, command)
    assert await applications.resume_token(world.ports, token) is not None
    listed = await applications.list_authorised(world.ports, ada, Page())
    assert [each.application for each in listed.items] == [application]
    assert (await applications.list_authorised(world.ports, ben, Page())).items == ()
    with pytest.raises(Unauthenticated):
        await applications.list_authorised(world.ports, ANONYMOUS, Page())


async def test_allowing_and_ending_are_in_the_audit_log(world: World, ada: Actor) -> None:
    application = await registered(world)
    await code_for(world, ada, application)
    await applications.revoke_authorised(world.ports, ada, RevokeApplication(application_id=application.id))
    lines = (await world.storage.audit(Page())).items
    assert {(line.action, line.subject, line.actor_id) for line in lines} == {
        ("application.authorised", str(application.id), ada.id),
        ("application.revoked", str(application.id), ada.id),
    }


async def test_a_token_is_no_session_and_a_session_no_token(world: World, ada: Actor) -> None:
    token = await token_for(world, ada, await registered(world))
    assert await sessions.resume_session(world.ports, token) is None
    assert ada.account is not None
    opened = await sessions.open_session(world.ports, ada.account)
    assert await applications.resume_token(world.ports, opened.token) is None
