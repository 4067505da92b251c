"""Moderation in memory: what operations on strikes and notes write, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import LOCAL, Account, email_key
from microblog_core.domain.errors import Conflict
from microblog_core.domain.moderation import (
    FOUND_MAX,
    NOTES_SHOWN,
    STATES,
    AccountFigures,
    AccountFilter,
    AppealState,
    AuditFilter,
    AuditLine,
    NoteEntry,
    Strike,
    StrikeEntry,
    about_of,
)
from microblog_core.domain.posts import Post
from microblog_core.domain.ranks import check_rank, standing_of
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.domain.words import name_words
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import shown_to_moderators
from microblog_core.ports.operations import (
    AddReportNote,
    AddStrike,
    AppealStrike,
    OverruleStrike,
    RejectAppeal,
)
from microblog_core.ports.storage import Audit


def _check_rank(tables: Tables, moderator_id: int | None, account_id: int) -> None:
    account = tables.accounts.get(account_id)
    if account is None:
        raise Conflict("The account is gone.", guard="exists")
    if moderator_id is not None:
        moderator = tables.accounts.get(moderator_id)
        check_rank(None if moderator is None else standing_of(moderator), standing_of(account))


def add_strike(tables: Tables, operation: AddStrike) -> None:
    """A decision; guards `id`, `exists`, `rank`."""
    strike = operation.strike
    if strike.id in tables.strikes:
        raise Conflict("A decision with this id exists.", guard="id")
    if strike.report_id is not None and strike.report_id not in tables.reports:
        raise Conflict("The report is gone.", guard="exists")
    _check_rank(tables, strike.moderator_id, strike.account_id)
    tables.strikes.put(strike.id, strike)


def _existing(tables: Tables, strike_id: int) -> Strike:
    strike = tables.strikes.get(strike_id)
    if strike is None:
        raise Conflict("There is no such decision.", guard="exists")
    return strike


def overrule_strike(tables: Tables, operation: OverruleStrike) -> None:
    """Taken back; guards `exists`, `overruled`, `rank`."""
    strike = _existing(tables, operation.strike.id)
    if strike.overruled_at is not None:
        raise Conflict("This decision was taken back already.", guard="overruled")
    _check_rank(tables, operation.by, strike.account_id)
    after = replace(strike, overruled_at=operation.at, overruled_by=operation.by)
    if strike.appeal_state is AppealState.OPEN:
        after = replace(
            after, appeal_state=AppealState.ACCEPTED, decided_at=operation.at, decided_by=operation.by
        )
    tables.strikes.put(strike.id, after)


def appeal_strike(tables: Tables, operation: AppealStrike) -> None:
    """Asked to be looked at again; guards `exists`, `appeal`."""
    strike = _existing(tables, operation.strike.id)
    if strike.appeal_state is not AppealState.NONE or strike.overruled_at is not None:
        raise Conflict("This decision was appealed against, or taken back.", guard="appeal")
    asked = replace(strike, appeal=operation.text, appeal_state=AppealState.OPEN, appealed_at=operation.at)
    tables.strikes.put(strike.id, asked)


def reject_appeal(tables: Tables, operation: RejectAppeal) -> None:
    """The decision stands; guards `exists`, `appeal`, `rank`."""
    strike = _existing(tables, operation.strike.id)
    if strike.appeal_state is not AppealState.OPEN:
        raise Conflict("There is no open appeal.", guard="appeal")
    _check_rank(tables, operation.by, strike.account_id)
    after = replace(
        strike, appeal_state=AppealState.REJECTED, decided_at=operation.at, decided_by=operation.by
    )
    tables.strikes.put(strike.id, after)


def add_report_note(tables: Tables, operation: AddReportNote) -> None:
    """A note; guards `id`, `exists`."""
    note = operation.note
    if note.id in tables.report_notes:
        raise Conflict("A note with this id exists.", guard="id")
    if note.report_id not in tables.reports or note.author_id not in tables.accounts:
        raise Conflict("The report is gone.", guard="exists")
    tables.report_notes.put(note.id, note)


class ModerationReads:
    """A `ports.moderation.ModerationReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _entry(self, strike: Strike) -> StrikeEntry:
        accounts = self._tables.accounts.rows
        moderator = None if strike.moderator_id is None else accounts[strike.moderator_id]
        return StrikeEntry(
            id=strike.id, strike=strike, account=accounts[strike.account_id], moderator=moderator
        )

    def _of(self, account_id: int) -> list[Strike]:
        return [each for each in self._tables.strikes.rows.values() if each.account_id == account_id]

    async def strike(self, strike_id: int) -> StrikeEntry | None:
        """One decision."""
        strike = self._tables.strikes.get(strike_id)
        return None if strike is None else self._entry(strike)

    async def strikes(self, account_id: int, page: Page) -> Listing[StrikeEntry]:
        """Decisions about an account, newest first."""
        return mapped(cut(self._of(account_id), page, lambda each: each.id), self._entry)

    async def in_force(self, account_id: int) -> Sequence[Strike]:
        """Decisions about an account's state that were not taken back, oldest first."""
        found = [each for each in self._of(account_id) if each.act in STATES and each.overruled_at is None]
        return sorted(found, key=lambda each: each.id)

    async def appeals(self, page: Page) -> Listing[StrikeEntry]:
        """Decisions with an open appeal, newest first."""
        asked = (e for e in self._tables.strikes.rows.values() if e.appeal_state is AppealState.OPEN)
        return mapped(cut(asked, page, lambda each: each.id), self._entry)

    async def notes(self, report_id: int) -> Sequence[NoteEntry]:
        """The newest notes on a report, oldest first."""
        notes = [each for each in self._tables.report_notes.rows.values() if each.report_id == report_id]
        notes.sort(key=lambda each: each.id)
        accounts = self._tables.accounts.rows
        return [
            NoteEntry(id=each.id, note=each, author=accounts[each.author_id]) for each in notes[-NOTES_SHOWN:]
        ]

    async def posts(self, report_id: int) -> Sequence[Post]:
        """What a report names and is there, newest first."""
        report = self._tables.reports.get(report_id)
        if report is None:
            return ()
        hidden = self._tables.hidden.rows
        found = (self._tables.posts.get(post_id) for post_id in sorted(set(report.post_ids), reverse=True))
        return [
            post
            for post in found
            if post is not None
            and post.account_id == report.target_id
            and post.boost_of_id is None
            and shown_to_moderators(post, hidden)
        ]

    def _wanted(self, wanted: AccountFilter) -> Iterable[Account]:
        return (
            each
            for each in self._tables.accounts.rows.values()
            if each.domain == LOCAL
            and wanted.role in (None, each.role)
            and wanted.state in (None, each.state)
        )

    async def accounts(self, wanted: AccountFilter, page: Page) -> Listing[Account]:
        """Local accounts, newest first."""
        return cut(self._wanted(wanted), page, lambda each: each.id)

    async def find(self, words: Sequence[str], wanted: AccountFilter, email: str = "") -> Sequence[Account]:
        """Local accounts with such a name or this address, newest first."""
        found = [
            each
            for each in self._wanted(wanted)
            if (bool(words) and _is_named(each, words)) or (bool(email) and self._email(each.id) == email)
        ]
        return sorted(found, key=lambda each: -each.id)[:FOUND_MAX]

    def _email(self, account_id: int) -> str:
        login = self._tables.logins.get(account_id)
        return "" if login is None else email_key(login.email)

    async def figures(self, account_id: int, now: int) -> AccountFigures:
        """What there is about an account."""
        reports = self._tables.reports.rows.values()
        about = [each for each in reports if each.target_id == account_id]
        sessions = [
            each.created_at
            for each in self._tables.sessions.rows.values()
            if each.account_id == account_id and each.expires_at > now
        ]
        return AccountFigures(
            reports=len(about),
            open_reports=sum(1 for each in about if each.state is ReportState.OPEN),
            reported=sum(1 for each in reports if each.reporter_id == account_id),
            strikes=len(self._of(account_id)),
            sessions=len(sessions),
            last_log_in_at=max(sessions, default=None),
        )

    async def audit(self, wanted: AuditFilter, page: Page) -> Listing[AuditLine]:
        """The audit log, newest first."""
        lines = (
            line
            for line in self._tables.audit.rows.values()
            if wanted.actor_id in (None, line.actor_id)
            and wanted.action in ("", line.action)
            and wanted.about in ("", about_of(line.subject))
            and wanted.first_id <= line.id < wanted.beyond_id
        )
        return mapped(cut(lines, page, lambda line: line.id), self._line)

    def _line(self, line: Audit) -> AuditLine:
        actor = None if line.actor_id is None else self._tables.accounts.get(line.actor_id)
        return AuditLine(
            id=line.id,
            actor=actor,
            actor_id=line.actor_id,
            action=line.action,
            subject=line.subject,
            detail=line.detail,
            created_at=line.created_at,
        )

    async def audit_actions(self) -> Sequence[str]:
        """All actions that the audit log has, in order."""
        return sorted({line.action for line in self._tables.audit.rows.values()})


def _is_named(account: Account, words: Sequence[str]) -> bool:
    names = name_words(account.username, account.display_name)
    return all(any(name.startswith(word) for name in names) for word in words)
