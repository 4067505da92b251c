"""What moderators and administrators look at and do beside decisions: accounts, roles, notes on reports."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, Role, email_key
from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.moderation import (
    NOTE_LENGTH,
    AccountFilter,
    AccountRecord,
    NoteEntry,
    ReportNote,
    check_words,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Post
from microblog_core.domain.reports import ReportEntry
from microblog_core.domain.timelines import Listing, Page
from microblog_core.domain.words import words_of
from microblog_core.patterns.decorators import audited, authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddReportNote, ConfirmEmail, SetAccountState
from microblog_core.services.moderation import MODERATE, actionable, commit
from microblog_core.services.reports import read_report

MANAGE = "accounts.manage"
WORDS_MAX = 4


class AccountCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account is meant."""

    account_id: int


class ChangeRole(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody gets another role."""

    account_id: int
    role: Role


class NoteOnReport(msgspec.Struct, frozen=True, kw_only=True):
    """What other moderators should know about a report."""

    report_id: int
    text: str


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A report with everything that helps to decide. `posts` are those that are there."""

    entry: ReportEntry
    posts: Sequence[Post]
    notes: Sequence[NoteEntry]
    record: AccountRecord


@authorised(MODERATE)
async def list_people(ports: Ports, actor: Actor, wanted: AccountFilter, page: Page) -> Listing[Account]:
    """Local accounts, newest first, whatever their state."""
    return await ports.storage.moderation.accounts(wanted, page)


@authorised(MODERATE)
async def find_people(ports: Ports, actor: Actor, text: str, wanted: AccountFilter) -> Sequence[Account]:
    """The newest of the local accounts with such a name; who manages accounts also finds them by their whole
    e-mail address.
    """
    text = text.strip().removeprefix("@")
    email = email_key(text) if "@" in text and ports.authoriser.allows(actor, MANAGE) else ""
    words = () if email else tuple(words_of(text)[:WORDS_MAX])
    if not words and not email:
        return ()
    return await ports.storage.moderation.find(words, wanted, email)


@authorised(MODERATE)
async def read_account_record(ports: Ports, actor: Actor, account_id: int) -> AccountRecord:
    """An account with its figures; the log-in for those who manage accounts. Raises `NotFound`."""
    account = await ports.storage.accounts.get(account_id)
    if account is None:
        raise NotFound("There is no such account.")
    figures = await ports.storage.moderation.figures(account_id, ports.clock.now())
    may_see = ports.authoriser.allows(actor, MANAGE)
    login = await ports.storage.accounts.login_of(account_id) if may_see else None
    return AccountRecord(account=account, figures=figures, login=login)


@authorised("reports.read")
async def read_report_file(ports: Ports, actor: Actor, report_id: int) -> ReportFile:
    """A report with its posts and notes. Raises `NotFound`."""
    entry = await read_report(ports, actor, report_id)
    return ReportFile(
        entry=entry,
        posts=await ports.storage.moderation.posts(report_id),
        notes=await ports.storage.moderation.notes(report_id),
        record=await read_account_record(ports, actor, entry.target.id),
    )


@authorised("reports.read")
async def list_assigned_reports(ports: Ports, actor: Actor, page: Page) -> Listing[ReportEntry]:
    """The open reports that the actor has taken, newest first."""
    return await ports.storage.reports.assigned(require_account(actor).id, page)


@authorised("reports.read")
async def list_reports_about(ports: Ports, actor: Actor, account_id: int, page: Page) -> Listing[ReportEntry]:
    """All reports about an account, newest first."""
    return await ports.storage.reports.about(account_id, page)


@authorised("reports.resolve")
@audited("report.noted", lambda command: command.report_id)
@retried("id")
async def note_report(ports: Ports, actor: Actor, command: NoteOnReport) -> ReportNote:
    """Leave a note for other moderators. Raises `NotFound`, `Invalid` (field `text`)."""
    now = ports.clock.now()
    note = ReportNote(
        id=ports.ids.at(now),
        report_id=command.report_id,
        author_id=require_account(actor).id,
        text=check_words(command.text, "text", NOTE_LENGTH, "Write something."),
        created_at=now,
    )
    unit = ports.unit()
    unit.apply(AddReportNote(note=note))
    await commit(unit)
    return note


@authorised(MANAGE)
@audited("account.role", lambda command: f"{command.account_id} {command.role}")
@retried("version")
async def change_role(ports: Ports, actor: Actor, command: ChangeRole) -> Account:
    """Give somebody another role: a lower one than the actor's, but owners make owners. Everybody may take a
    lower role themselves, as long as an owner is left.

    Raises `NotFound`, `Forbidden`, `Conflict` (guard `owner`).
    """
    if actor.id == command.account_id:
        account = require_account(actor)
    else:
        account = await actionable(ports, actor, command.account_id)
    unit, now = ports.unit(), ports.clock.now()
    unit.accounts.set_state(SetAccountState(account_id=account.id, role=command.role, by=actor.id))
    unit.emit(
        AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=account.version + 1)
    )
    await commit(unit)
    return replace(account, role=command.role, version=account.version + 1)


@authorised(MANAGE)
@audited("account.confirmed", lambda command: command.account_id)
async def confirm_address_of(ports: Ports, actor: Actor, command: AccountCommand) -> None:
    """Remember that somebody's address is theirs, on an operator's word. Raises `NotFound`, `Forbidden`."""
    account = await actionable(ports, actor, command.account_id)
    login = await ports.storage.accounts.login_of(account.id)
    if login is None:
        raise NotFound("This account has no address here.")
    unit = ports.unit()
    unit.apply(ConfirmEmail(account_id=account.id, email=login.email, at=ports.clock.now()))
    await commit(unit)


@authorised(MODERATE)
@audited("account.logged_out", lambda command: command.account_id)
async def log_out_everywhere(ports: Ports, actor: Actor, command: AccountCommand) -> None:
    """End all sessions and tokens of an account. Raises `NotFound`, `Forbidden`."""
    account = await actionable(ports, actor, command.account_id)
    unit = ports.unit()
    unit.accounts.delete_sessions(account.id)
    unit.applications.delete_tokens(account.id)
    await commit(unit)
