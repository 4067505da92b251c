"""Accounts: sign up, and what operators do with accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from microblog_core.domain.accounts import (
    Account,
    AccountState,
    Login,
    Role,
    check_display_name,
    check_email,
    check_password,
    check_username,
)
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.events import AccountCreated, AccountUpdated
from microblog_core.domain.permissions import Actor
from microblog_core.domain.signing_up import check_reason
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddSignUp, Operation, SetAccountState, UpdateLogin
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.invitations import check_open, come_by, usable_invitation, used_up
from microblog_core.services.mail_blocks import check_mail_block
from microblog_core.services.mails import AccountMailKind, mail_job


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants an account. `email` is used to reach and to recognise them, never shown. `reason` is why
    they want to come, where somebody approves them; `invitation` is the code of one.
    """

    username: str
    email: str
    password: str
    locale: str = ""
    reason: str = ""
    invitation: str = ""


class SignUpWithoutPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants an account to which they log in by something else than a password; a log-in method has
    seen who they are. With `email_confirmed` it knows that the address is theirs.

    `beside` gives what else to commit once the account's id is known: by what its owner is recognised.
    """

    username: str
    email: str
    beside: Callable[[int], Sequence[Operation]]
    email_confirmed: bool = False
    locale: str = ""
    reason: str = ""
    invitation: str = ""


class CreateAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An operator makes an account for somebody."""

    username: str
    email: str
    password: str
    role: Role = Role.MEMBER
    display_name: str = ""


class SetState(msgspec.Struct, frozen=True, kw_only=True):
    """An operator disables, silences, suspends or restores an account."""

    account_id: int
    state: AccountState


class SetPassword(msgspec.Struct, frozen=True, kw_only=True):
    """An operator gives somebody a new password."""

    account_id: int
    password: str


@rate_limited("sign_up", limit=30, per=3600)
@retried("id")
async def sign_up(ports: Ports, actor: Actor, command: SignUp) -> Account:
    """Make an account for a visitor, who is asked by mail to confirm the address. It waits (`pending`) where
    somebody has to approve it; an invitation spares that. Raises `Forbidden` (registrations are closed, or by
    invitation), `Invalid`, `NotFound` (the invitation can't be used), `RateLimited`.
    """
    wanted = CreateAccount(username=command.username, email=command.email, password=command.password)
    return await _sign_up(ports, command, wanted)


@rate_limited("sign_up", limit=30, per=3600)
@retried("id")
async def sign_up_without_password(ports: Ports, actor: Actor, command: SignUpWithoutPassword) -> Account:
    """The same, by the same rules, for somebody who logs in by other means than a password. Raises as
    `sign_up`, and `Conflict` of what `beside` adds.
    """
    wanted = CreateAccount(username=command.username, email=command.email, password="")
    return await _sign_up(ports, command, wanted)


async def _sign_up(ports: Ports, command: SignUp | SignUpWithoutPassword, wanted: CreateAccount) -> Account:
    invited = await usable_invitation(ports, command.invitation) if command.invitation else None
    if invited is None:
        check_open(ports)
    waits = invited is None and ports.limits.approves
    reason = check_reason(command.reason, needed=waits)
    otherwise = command if isinstance(command, SignUpWithoutPassword) else None
    _check_all(wanted, password=otherwise is None)
    await check_mail_block(ports, command.email)

    def came(unit: UnitOfWork, account: Account) -> None:
        if waits:
            unit.apply(AddSignUp(account_id=account.id, reason=reason))
        elif invited is not None:
            come_by(ports, unit, account, invited)
        if otherwise is not None:
            unit.apply(*otherwise.beside(account.id))

    return await _add_account(
        ports,
        wanted,
        locale=command.locale,
        confirmed=otherwise is not None and otherwise.email_confirmed,
        password=otherwise is None,
        state=AccountState.PENDING if waits else AccountState.ACTIVE,
        came=came,
    )


@authorised("accounts.manage")
@audited("account.created", lambda command: command.username)
@retried("id")
async def create_account(ports: Ports, actor: Actor, command: CreateAccount) -> Account:
    """Make an account for somebody else, whose address counts as confirmed. Raises `Invalid`."""
    return await _add_account(ports, command, locale="", confirmed=True)


async def _add_account(
    ports: Ports,
    command: CreateAccount,
    *,
    locale: str,
    confirmed: bool,
    password: bool = True,
    state: AccountState = AccountState.ACTIVE,
    came: Callable[[UnitOfWork, Account], None] | None = None,
) -> Account:
    username, email = _check_all(command, password=password)
    password_hash = await ports.passwords.hash(command.password) if password else ""
    now = ports.clock.now()
    account_id = ports.ids.at(now)
    account = Account(
        id=account_id,
        username=username,
        uri=f"{ports.base_url}/@{username}" if ports.base_url else "",
        display_name=check_display_name(command.display_name),
        role=command.role,
        state=state,
        created_at=now,
    )
    login = Login(
        account_id=account_id,
        email=email,
        password_hash=password_hash,
        locale=locale,
        created_at=now,
        password_changed_at=now if password else 0,
        email_confirmed_at=now if confirmed else 0,
    )
    unit = ports.unit()
    unit.accounts.add(account, login)
    if came is not None:
        came(unit, account)
    if ports.mails and not confirmed:
        unit.outbox.add(mail_job(ports, AccountMailKind.CONFIRM, account_id, now))
    unit.emit(AccountCreated(id=ports.ids.at(now), at=now, account_id=account_id))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise _invalid(conflict) from conflict
    return account


def _check_all(command: CreateAccount, *, password: bool = True) -> tuple[str, str]:
    username = command.username.strip().removeprefix("@")
    fields: dict[str, str] = {}
    email = command.email
    checks: tuple[Callable[[], str], ...] = (
        lambda: check_username(username),
        lambda: check_email(command.email),
        lambda: check_password(command.password, username=username) if password else "",
        lambda: check_display_name(command.display_name),
    )
    for check in checks:
        try:
            check()
        except Invalid as error:
            fields.update(error.fields)
    if fields:
        raise Invalid(fields=fields)
    return username, email.strip()


def _invalid(conflict: Conflict) -> Exception:
    """A taken name or address is a thing to mend at the field."""
    messages = {
        "username": "This name, or one that looks like it, is taken. Choose another one.",
        "email": "There is an account with this address already. Log in, or use another address.",
    }
    if conflict.guard == "invitation":
        return used_up()
    message = messages.get(conflict.guard)
    return Invalid(fields={conflict.guard: message}) if message else conflict


@authorised("accounts.manage")
@audited("account.state", lambda command: f"{command.account_id} {command.state}")
async def set_account_state(ports: Ports, actor: Actor, command: SetState) -> Account:
    """Change an account's state; states that can't log in end its sessions and tokens at once.

    Raises `NotFound`, `Forbidden` (their role is not lower than the actor's), `Conflict` (guard `owner`: the
    last one).
    """
    account = await _existing(ports, command.account_id)
    now = ports.clock.now()
    unit = ports.unit()
    unit.accounts.set_state(SetAccountState(account_id=account.id, state=command.state, by=actor.id))
    unit.emit(
        AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=account.version + 1)
    )
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "rank":
            raise Forbidden(conflict.message) from conflict
        raise
    return msgspec.structs.replace(account, state=command.state, version=account.version + 1)


@authorised("accounts.manage")
@audited("account.password", lambda command: command.account_id)
async def set_password(ports: Ports, actor: Actor, command: SetPassword) -> None:
    """Give somebody a new password and end all their sessions and tokens. Raises `NotFound`, `Invalid`."""
    account = await _existing(ports, command.account_id)
    check_password(command.password, username=account.username)
    password_hash = await ports.passwords.hash(command.password)
    unit = ports.unit()
    unit.accounts.update_login(
        UpdateLogin(account_id=account.id, password_hash=password_hash, password_changed_at=ports.clock.now())
    )
    unit.accounts.delete_sessions(account.id)
    unit.applications.delete_tokens(account.id)
    await unit.commit()


@authorised("accounts.manage")
async def list_accounts(ports: Ports, actor: Actor, page: Page) -> Listing[Account]:
    """All local accounts, newest first."""
    return await ports.storage.accounts.page(page)


async def find_account(ports: Ports, name: str) -> Account:
    """The account of a name as people write it (`ada`, `@ada`, `ada@example.org`). Raises `NotFound`."""
    username, _, domain = name.strip().removeprefix("@").partition("@")
    account = await ports.storage.accounts.by_name(username, domain)
    if account is None:
        raise NotFound(f"There is no account {name!r}.", hint="`microblog users list` shows all accounts.")
    return account


async def _existing(ports: Ports, account_id: int) -> Account:
    account = await ports.storage.accounts.get(account_id)
    if account is None or account.state is AccountState.DELETED:
        raise NotFound("There is no such account.")
    return account
