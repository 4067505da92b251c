"""Invitations: links by which people can sign up where the site is not open to everybody, and without waiting
for approval.

They open no site that is closed: who closes it wants nobody to come.
"""

from __future__ import annotations

import secrets

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.events import AccountFollowed
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, has_role, require_account
from microblog_core.domain.relations import FollowOptions
from microblog_core.domain.signing_up import (
    CODE_LENGTH,
    Invitation,
    Invited,
    Inviters,
    Registrations,
    check_life,
    check_uses,
)
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddFollow,
    AddInvitation,
    AddSignUp,
    RevokeInvitation,
    UseInvitation,
)
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.notifications import notify

CODE_BYTES = 9


class MakeInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """A new link: how often it can be used (0: any number), for how many seconds (0: without an end), and
    whether whoever comes by it follows the inviter.
    """

    uses_max: int = 1
    lasts: int = 7 * 24 * 3600
    follows: bool = False


class EndInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An own invitation, by its id, that nobody is to come by any more."""

    invitation_id: int


def may_invite(ports: Ports, actor: Actor) -> bool:
    """Whether this actor can make invitations here and now."""
    if actor.account is None or ports.limits.registrations is Registrations.CLOSED:
        return False
    least = Role.MEMBER if ports.limits.inviters is Inviters.MEMBERS else Role.ADMINISTRATOR
    return has_role(actor.account, least) and actor.account.state is AccountState.ACTIVE


@authorised("accounts.invite")
@rate_limited("invite", limit=30, per=3600)
@audited("invitation.created", lambda command: f"{command.uses_max} uses, {command.lasts} s")
@retried("id", "code")
async def make_invitation(ports: Ports, actor: Actor, command: MakeInvitation) -> Invitation:
    """Make a link. Raises `Forbidden` (members don't invite here, or the site is closed), `Invalid` (fields
    `uses_max`, `lasts`), `Conflict` (guard `limit`), `RateLimited`.
    """
    account = require_account(actor)
    if not may_invite(ports, actor):
        raise Forbidden("You can't invite people to this site.")
    now, lasts = ports.clock.now(), check_life(command.lasts)
    made = Invitation(
        id=ports.ids.at(now),
        account_id=account.id,
        code=secrets.token_urlsafe(CODE_BYTES),
        uses_max=check_uses(command.uses_max),
        expires_at=now + lasts * 1000 if lasts else 0,
        follows=command.follows,
        created_at=now,
    )
    unit = ports.unit()
    unit.apply(AddInvitation(invitation=made))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "limit":
            raise Conflict(
                "You have too many invitations.", guard="limit", hint="Revoke one that you don't need."
            ) from conflict
        raise
    return made


@authorised("accounts.invite")
@audited("invitation.revoked", lambda command: command.invitation_id)
async def revoke_invitation(ports: Ports, actor: Actor, command: EndInvitation) -> None:
    """Let nobody come by an own invitation any more. Raises `NotFound`."""
    unit = ports.unit()
    unit.apply(
        RevokeInvitation(
            invitation_id=command.invitation_id,
            account_id=require_account(actor).id,
            at=ports.clock.now(),
        )
    )
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound("You have no such invitation, or it is revoked already.") from conflict


@authorised("accounts.invite")
async def list_invitations(ports: Ports, actor: Actor, page: Page) -> Listing[Invitation]:
    """The own invitations, newest first."""
    return await ports.storage.sign_ups.invitations(require_account(actor).id, page)


@authorised("accounts.invite")
async def read_invited(ports: Ports, actor: Actor, invitation_id: int, page: Page) -> Listing[Account]:
    """Who came by an own invitation, newest first. Raises `NotFound`."""
    came = await ports.storage.sign_ups.came_by(require_account(actor).id, invitation_id, page)
    if came is None:
        raise NotFound("You have no such invitation.")
    return came


def check_open(ports: Ports) -> None:
    """Raises `Forbidden` where nobody may sign up without an invitation."""
    if ports.limits.registrations is Registrations.INVITATION:
        raise Forbidden(
            "People come to this site by invitation.", hint="Ask somebody who is here for a link."
        )
    if not ports.limits.registrations_open:
        raise Forbidden("This site takes no new people at the moment.")


async def usable_invitation(ports: Ports, code: str) -> Invited:
    """The invitation of this code, if somebody can come by it now. Raises `NotFound`, `Forbidden` (the site
    is closed).
    """
    if ports.limits.registrations is Registrations.CLOSED:
        check_open(ports)
    if 0 < len(code) <= CODE_LENGTH and code.isascii() and code.isprintable():
        found = await ports.storage.sign_ups.invitation(code)
        if (
            found is not None
            and found.invitation.usable(ports.clock.now())
            and found.inviter.state is AccountState.ACTIVE
        ):
            return found
    raise used_up()


def used_up() -> NotFound:
    """What is said of an invitation that nobody can come by, for whatever reason."""
    return NotFound(
        "This invitation can't be used any more.", hint="Ask whoever sent it to you for a new one."
    )


def come_by(ports: Ports, unit: UnitOfWork, account: Account, invited: Invited) -> None:
    """Let a new account come by an invitation, in its own unit. The inviter, who said so, is followed without
    being asked. The unit's guard `invitation` says that others were quicker.
    """
    invitation, inviter, now = invited.invitation, invited.inviter, account.created_at
    unit.apply(
        UseInvitation(invitation_id=invitation.id, at=now),
        AddSignUp(account_id=account.id, invitation_id=invitation.id),
    )
    if not invitation.follows:
        return
    unit.relations.follow(
        AddFollow(
            id=ports.ids.at(now),
            follower_id=account.id,
            followee_id=inviter.id,
            created_at=now,
            options=FollowOptions(),
            invited=True,
        )
    )
    unit.apply(*ports.timeline.on_follow(account.id, inviter.id))
    notify(ports, unit, inviter.id, NotificationKind.FOLLOW, account.id, None, now)
    unit.emit(AccountFollowed(id=ports.ids.at(now), at=now, follower_id=account.id, followee_id=inviter.id))
