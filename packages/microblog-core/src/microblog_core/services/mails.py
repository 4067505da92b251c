"""Mails about an account itself: its address is confirmed, a password was forgotten, somebody logged in from
a new device. They follow no preferences.

A use case queues a job in its own transaction; `runtime.account_mail` writes and sends the mail, as often as
it takes. No secret is in a job: links are made when the mail is.
"""

from __future__ import annotations

import enum
import hashlib

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, check_password, email_key
from microblog_core.domain.deliveries import MAIL, STORE, paused_key
from microblog_core.domain.errors import Conflict, NotFound, RateLimited, Unavailable
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import audited, authorised, rate_limited, stored_key
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddIdempotencyKey,
    AddJob,
    ConfirmEmail,
    Job,
    Operation,
    UpdateLogin,
)

ACCOUNT_MAIL_JOB = "mail.account"
RESETS_PER_ACCOUNT = 5
NOBODY = 0
"""The account of a job that is queued in place of a mail, so that asking takes the same time either way."""

_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED, AccountState.PENDING, AccountState.LEAVING)
"""Who may have a new password: who waits, or leaves and may come back, is asked for it, too."""


class AccountMailKind(enum.StrEnum):
    """What a mail about an account is for."""

    CONFIRM = "confirm_email"
    RESET = "reset_password"
    NEW_DEVICE = "new_device"
    APPROVED = "account_approved"
    LEAVING = "account_leaving"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    LOGIN_ADDED = "login_added"
    LOGIN_REMOVED = "login_removed"


class AccountMail(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `ACCOUNT_MAIL_JOB`. `at` is when it was asked for, in Unix milliseconds; `detail` is
    what the browser calls itself, the day, or the way to log in, in a few words (`passkey Phone`,
    `Corp (ada)`).
    """

    kind: AccountMailKind
    account_id: int
    at: int
    detail: str = ""


class ConfirmAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has the mail that was sent to this address for this account."""

    account_id: int
    email: str


class AskForConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants the mail that confirms their address (again)."""


class ForgotPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody forgot the password of this username or e-mail address."""

    name: str


class PasswordProof(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has the mail that lets an account have a new password; `mark` is `password_mark` when it was
    written.
    """

    account_id: int
    mark: str


class ResetPassword(msgspec.Struct, frozen=True, kw_only=True):
    """A new password, in place of a forgotten one."""

    proof: PasswordProof
    password: str


def mail_job(ports: Ports, kind: AccountMailKind, account_id: int, now: int, *, detail: str = "") -> Job:
    """The job that sends such a mail."""
    job_id = ports.ids.at(now)
    mail = AccountMail(kind=kind, account_id=account_id, at=now, detail=detail)
    return Job(
        id=job_id,
        kind=ACCOUNT_MAIL_JOB,
        key=f"{kind}:{job_id}",
        payload=msgspec.json.encode(mail),
        due_at=now,
        created_at=now,
    )


def account_mail(
    ports: Ports, kind: AccountMailKind, account_id: int, *, detail: str = ""
) -> tuple[Operation, ...]:
    """What to commit beside a change so that the account's owner is told of it by mail; nothing where the
    site sends none.
    """
    if not ports.mails:
        return ()
    return (AddJob(job=mail_job(ports, kind, account_id, ports.clock.now(), detail=detail)),)


def password_mark(login: Login) -> str:
    """Changes with the password and with the address: a link that carries it works once, and not after
    either changed.
    """
    text = f"{login.account_id}\0{login.password_hash}\0{email_key(login.email)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@authorised("account.write")
@rate_limited("confirmations", limit=5, per=3600)
async def ask_for_confirmation(ports: Ports, actor: Actor, command: AskForConfirmation) -> None:
    """Send the mail with the link that confirms the actor's address. Raises `RateLimited`, `Unavailable`
    (the site sends no mail).
    """
    _check_mails(ports)
    unit, now = ports.unit(), ports.clock.now()
    unit.outbox.add(mail_job(ports, AccountMailKind.CONFIRM, require_account(actor).id, now))
    await unit.commit()


async def confirm_address(ports: Ports, actor: Actor, command: ConfirmAddress) -> None:
    """Remember that the address is the account's, and write to it again if that was paused. The caller checks
    the link's signature. Doing it twice is as good. Raises `NotFound` where the account has another address
    by now.
    """
    unit = ports.unit()
    confirmed = ConfirmEmail(account_id=command.account_id, email=command.email, at=ports.clock.now())
    unit.apply(confirmed)
    unit.plugins.delete(STORE, paused_key(command.account_id, MAIL))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound(
            "This link is for an address that the account does not have any more.",
            hint="Ask for a new mail in your settings.",
        ) from conflict


@rate_limited("password_resets", limit=20, per=3600)
async def ask_for_new_password(ports: Ports, actor: Actor, command: ForgotPassword) -> None:
    """Send a mail with a link for a new password, if there is such an account.

    Whether there is one can't be told from the answer, nor from the time it takes: a job is queued either
    way. Raises `RateLimited` (by network address alone), `Unavailable` (the site sends no mail).
    """
    _check_mails(ports)
    name = email_key(command.name).removeprefix("@")
    found = await ports.storage.accounts.login(name) if name else None
    account_id = found[0].id if found is not None and found[0].state in _MAY_LOG_IN else NOBODY
    try:
        times, seconds = ports.limits.rates.get("password_resets_account", (RESETS_PER_ACCOUNT, 3600.0))
        who = str(account_id) if account_id else stored_key(name)
        await ports.limiter.hit(f"password_resets:account:{who}", limit=times, per=seconds)
    except RateLimited:
        account_id = NOBODY
    unit, now = ports.unit(), ports.clock.now()
    unit.outbox.add(mail_job(ports, AccountMailKind.RESET, account_id, now))
    await unit.commit()


async def read_reset(ports: Ports, proof: PasswordProof) -> Account:
    """Whose password the holder of a link may change. Raises `NotFound` for a link that was used, or whose
    account changed since.
    """
    account = await ports.storage.accounts.get(proof.account_id)
    login = await ports.storage.accounts.login_of(proof.account_id)
    if account is None or login is None or account.state not in _MAY_LOG_IN:
        raise _used()
    if password_mark(login) != proof.mark:
        raise _used()
    return account


@rate_limited("password_changes", limit=30, per=3600)
@audited("account.password", lambda command: f"{command.proof.account_id} by mail")
async def reset_password(ports: Ports, actor: Actor, command: ResetPassword) -> Account:
    """Set a new password and end all sessions and tokens. The mail came to the address, so that is confirmed,
    too. The caller checks the link's signature.

    Raises `Invalid` (field `password`), `NotFound` (used already), `RateLimited`.
    """
    proof = command.proof
    account = await read_reset(ports, proof)
    check_password(command.password, username=account.username)
    password_hash = await ports.passwords.hash(command.password)
    login = await ports.storage.accounts.login_of(account.id)
    if login is None or password_mark(login) != proof.mark:
        raise _used()
    unit, now = ports.unit(), ports.clock.now()
    used = stored_key(f"password reset {proof.mark}")
    # Of two that use the link at the same time one wins here.
    unit.apply(AddIdempotencyKey(account_id=account.id, key=used, result_id=account.id, created_at=now))
    unit.apply(ConfirmEmail(account_id=account.id, email=login.email, at=now))
    unit.accounts.update_login(
        UpdateLogin(account_id=account.id, password_hash=password_hash, password_changed_at=now)
    )
    unit.accounts.delete_sessions(account.id)
    unit.applications.delete_tokens(account.id)
    unit.plugins.delete(STORE, paused_key(account.id, MAIL))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard not in ("key", "email", "exists"):
            raise
        raise _used() from conflict
    await ports.limiter.forget(f"log_in:account:{account.id}")
    return account


def _check_mails(ports: Ports) -> None:
    if not ports.mails:
        raise Unavailable(
            "This site sends no mail at the moment.",
            hint="Operators: set plugins.email.host, see the README of microblog_plugins.email.",
        )


def _used() -> NotFound:
    return NotFound(
        "This link was used already, or is too old.", hint="Ask for a new one, and use the newest mail."
    )
