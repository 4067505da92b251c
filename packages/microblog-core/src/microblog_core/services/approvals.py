"""Approving and rejecting people who sign up, where the site wants that (`registrations = "approval"`)."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.permissions import Actor
from microblog_core.domain.signing_up import PendingAccount
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import RejectSignUp, SetAccountState
from microblog_core.services.mails import AccountMailKind, mail_job


class DecideSignUp(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits for approval."""

    account_id: int


@authorised("accounts.approve")
async def pending_accounts(ports: Ports, actor: Actor, page: Page) -> Listing[PendingAccount]:
    """Who waits for approval, newest first."""
    return await ports.storage.sign_ups.pending(page)


@authorised("accounts.approve")
@audited("account.approved", lambda command: command.account_id)
async def approve_account(ports: Ports, actor: Actor, command: DecideSignUp) -> Account:
    """Let somebody in, and tell them by mail where the site sends any. Raises `NotFound`: they don't wait
    (any more).
    """
    account = await _waiting(ports, command)
    now = ports.clock.now()
    unit = ports.unit()
    unit.accounts.set_state(
        SetAccountState(account_id=account.id, state=AccountState.ACTIVE, only_from=AccountState.PENDING)
    )
    if ports.mails:
        unit.outbox.add(mail_job(ports, AccountMailKind.APPROVED, account.id, now))
    version = account.version + 1
    unit.emit(AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=version))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise _decided() from conflict
    return msgspec.structs.replace(account, state=AccountState.ACTIVE, version=version)


@authorised("accounts.approve")
@audited("account.rejected", lambda command: command.account_id)
async def reject_account(ports: Ports, actor: Actor, command: DecideSignUp) -> None:
    """Remove a sign-up as if it had never been: name and address can be used again. Raises `NotFound`: they
    don't wait (any more).
    """
    account = await _waiting(ports, command)
    unit = ports.unit()
    unit.apply(RejectSignUp(account_id=account.id))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise _decided() from conflict


async def _waiting(ports: Ports, command: DecideSignUp) -> Account:
    account = await ports.storage.accounts.get(command.account_id)
    if account is None or account.state is not AccountState.PENDING:
        raise _decided()
    return account


def _decided() -> NotFound:
    return NotFound("This person doesn't wait for approval.", hint="Somebody else may have decided already.")
