"""Signing up by approval and invitation, and from which addresses nobody comes."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.services import accounts, approvals, invitations, login, mail_blocks, profiles
from microblog_core.testing.world import World

PASSWORD = "correct horse battery"
ALL = Page(limit=80)


def at(world: World, mode: Registrations, **limits: object) -> Ports:
    changed = dataclasses.replace(world.ports.limits, registrations=mode, **limits)  # type: ignore[arg-type]
    return dataclasses.replace(world.ports, limits=changed, mails=True)


def wish(name: str = "ada", **more: str) -> accounts.SignUp:
    values = {"email": f"{name}@example.org", "password": PASSWORD, **more}
    return accounts.SignUp(username=name, **values)


async def audited(world: World) -> list[str]:
    return [line.action for line in (await world.storage.audit(ALL)).items]


async def moderator(world: World) -> Actor:
    return Actor(account=await world.build.account("mo", role=Role.MODERATOR))


async def test_who_waits_is_told_so_and_logs_in_when_approved(world: World) -> None:
    ports, mo = at(world, Registrations.APPROVAL), await moderator(world)
    with pytest.raises(Invalid) as refused:
        await accounts.sign_up(ports, ANONYMOUS, wish())
    assert set(refused.value.fields) == {"reason"}
    ada = await accounts.sign_up(ports, ANONYMOUS, wish(reason="I like tea."))
    assert ada.state is AccountState.PENDING
    with pytest.raises(Unauthenticated) as waits:
        await login.log_in(ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))
    assert waits.value.code == "account_pending"
    (pending,) = (await approvals.pending_accounts(ports, mo, ALL)).items
    assert (pending.account.id, pending.email, pending.reason) == (ada.id, "ada@example.org", "I like tea.")
    await approvals.approve_account(ports, mo, approvals.DecideSignUp(account_id=ada.id))
    assert await login.log_in(ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))
    assert await audited(world) == ["account.approved"]
    jobs = await world.storage.queue.claim(world.clock.now(), limit=9, lease=60_000)
    assert sum(b"account_approved" in job.payload for job in jobs) == 1
    for decide in (approvals.approve_account, approvals.reject_account):
        with pytest.raises(NotFound):
            await decide(ports, mo, approvals.DecideSignUp(account_id=ada.id))


async def test_a_rejected_name_and_address_can_be_used_again(world: World) -> None:
    ports, mo = at(world, Registrations.APPROVAL), await moderator(world)
    ada = await accounts.sign_up(ports, ANONYMOUS, wish(reason="Hm."))
    await approvals.reject_account(ports, mo, approvals.DecideSignUp(account_id=ada.id))
    assert await audited(world) == ["account.rejected"]
    again = await accounts.sign_up(ports, ANONYMOUS, wish(reason="Once more."))
    assert again.id != ada.id


async def test_members_approve_nobody(world: World) -> None:
    bob = Actor(account=await world.sign_up("bob"))
    with pytest.raises(Forbidden):
        await approvals.pending_accounts(world.ports, bob, ALL)
    with pytest.raises(Forbidden):
        await approvals.approve_account(world.ports, bob, approvals.DecideSignUp(account_id=1))


@pytest.mark.parametrize("mode", [Registrations.OPEN, Registrations.APPROVAL, Registrations.INVITATION])
async def test_an_invitation_opens_the_site_and_spares_the_approval(
    world: World, mode: Registrations
) -> None:
    ports, inviter = at(world, mode), Actor(account=await world.build.account("bob", locked=True))
    command = invitations.MakeInvitation(uses_max=1, follows=True)
    made = await invitations.make_invitation(ports, inviter, command)
    ada = await accounts.sign_up(ports, ANONYMOUS, wish(invitation=made.code))
    assert ada.state is AccountState.ACTIVE
    assert [each.id for each in (await invitations.read_invited(ports, inviter, made.id, ALL)).items] == [
        ada.id
    ]
    followers = await world.storage.relations.followers(inviter.id, made.account_id, ALL)
    assert [each.account.id for each in followers.items] == [ada.id]
    with pytest.raises(NotFound):
        await accounts.sign_up(ports, ANONYMOUS, wish("cid", invitation=made.code))


async def test_without_an_invitation_nobody_comes_where_one_is_needed(world: World) -> None:
    ports = at(world, Registrations.INVITATION)
    with pytest.raises(Forbidden, match="by invitation"):
        await accounts.sign_up(ports, ANONYMOUS, wish())
    for code in ("nothing", "\0", "x" * 100):
        with pytest.raises(NotFound):
            await accounts.sign_up(ports, ANONYMOUS, wish(invitation=code))


async def test_a_closed_site_opens_by_no_invitation(world: World) -> None:
    inviter = Actor(account=await world.sign_up("bob"))
    made = await invitations.make_invitation(world.ports, inviter, invitations.MakeInvitation())
    ports = at(world, Registrations.CLOSED)
    with pytest.raises(Forbidden):
        await accounts.sign_up(ports, ANONYMOUS, wish(invitation=made.code))
    with pytest.raises(Forbidden):
        await invitations.make_invitation(ports, inviter, invitations.MakeInvitation())


async def test_of_twenty_with_a_link_for_one_one_comes(world: World) -> None:
    ports = at(world, Registrations.INVITATION, rates={"sign_up": (100, 1.0)})
    inviter = Actor(account=await world.build.account("bob"))
    made = await invitations.make_invitation(ports, inviter, invitations.MakeInvitation(uses_max=1))
    came = await asyncio.gather(
        *(accounts.sign_up(ports, ANONYMOUS, wish(f"new{n}", invitation=made.code)) for n in range(20)),
        return_exceptions=True,
    )
    assert [type(each) for each in came if isinstance(each, Exception)] == [NotFound] * 19


async def test_members_or_only_operators_invite(world: World) -> None:
    ports = at(world, Registrations.OPEN, inviters=Inviters.OPERATORS)
    member = Actor(account=await world.build.account("bob"))
    operator = Actor(account=await world.build.account("op", role=Role.ADMINISTRATOR))
    silenced = Actor(account=await world.build.account("sid", state=AccountState.SILENCED))
    assert [invitations.may_invite(ports, each) for each in (member, operator)] == [False, True]
    assert [invitations.may_invite(world.ports, each) for each in (member, silenced, ANONYMOUS)] == [
        True,
        False,
        False,
    ]
    with pytest.raises(Forbidden):
        await invitations.make_invitation(ports, member, invitations.MakeInvitation())


async def test_an_invitation_is_revoked_by_its_maker_alone(world: World) -> None:
    bob, cid = [Actor(account=await world.build.account(name)) for name in ("bob", "cid")]
    made = await invitations.make_invitation(world.ports, bob, invitations.MakeInvitation())
    ended = invitations.EndInvitation(invitation_id=made.id)
    with pytest.raises(NotFound):
        await invitations.revoke_invitation(world.ports, cid, ended)
    with pytest.raises(NotFound):
        await invitations.read_invited(world.ports, cid, made.id, ALL)
    await invitations.revoke_invitation(world.ports, bob, ended)
    with pytest.raises(NotFound):
        await accounts.sign_up(world.ports, ANONYMOUS, wish(invitation=made.code))
    assert await audited(world) == ["invitation.revoked", "invitation.created"]


async def test_there_is_an_end_to_invitations(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = at(world, Registrations.OPEN, rates={"invite": (1000, 1.0)})
    bob = Actor(account=await world.build.account("bob"))
    for _ in range(100):
        await invitations.make_invitation(ports, bob, invitations.MakeInvitation())
    with pytest.raises(Conflict) as refused:
        await invitations.make_invitation(ports, bob, invitations.MakeInvitation())
    assert refused.value.guard == "limit" and refused.value.hint


async def test_blocked_addresses_are_refused_without_saying_why_and_change_to_none(world: World) -> None:
    ports = world.ports
    for pattern in ("spam.example", "eve@example.org"):
        await mail_blocks.block_mail(ports, SYSTEM, mail_blocks.BlockMail(pattern=pattern))
    for address in ("x@spam.example", "x@deep.spam.example", "Eve+2@example.org"):
        with pytest.raises(Invalid) as refused:
            await accounts.sign_up(ports, ANONYMOUS, wish(email=address))
        assert refused.value.fields == {"email": "This address can't be used here. Use another one."}
    ada = Actor(account=await accounts.sign_up(ports, ANONYMOUS, wish(email="x@notspam.example")))
    with pytest.raises(Invalid):
        command = profiles.ChangeEmail(password=PASSWORD, email="ada@spam.example")
        await profiles.change_email(ports, ada, command)
    with pytest.raises(Invalid) as twice:
        await mail_blocks.block_mail(ports, SYSTEM, mail_blocks.BlockMail(pattern="SPAM.example"))
    assert set(twice.value.fields) == {"pattern"}
    (_, first) = (await mail_blocks.list_mail_blocks(ports, SYSTEM, ALL)).items
    await mail_blocks.unblock_mail(ports, SYSTEM, mail_blocks.UnblockMail(block_id=first.id))
    assert await accounts.sign_up(ports, ANONYMOUS, wish("bea", email="x@spam.example"))
    with pytest.raises(Forbidden):
        await mail_blocks.list_mail_blocks(ports, ada, ALL)
    assert "mail.blocked" in await audited(world) and "mail.unblocked" in await audited(world)
