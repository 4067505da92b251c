"""What moderators read: decisions and appeals, notes, accounts, the audit log, and the posts of reports."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.moderation import (
    FOUND_MAX,
    NOTES_SHOWN,
    STATES,
    AccountFigures,
    AccountFilter,
    AppealState,
    AuditFilter,
    AuditLine,
    ModerationAct,
    NoteEntry,
    ReportNote,
    Strike,
    StrikeEntry,
)
from microblog_core.domain.posts import Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.search import SCANNED
from microblog_plugins.sql.dialect import Dialect, beyond, exists
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, POST, account_of, columns, post_of
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_moderated

STRIKE = (
    "id account_id moderator_id act reason report_id post_ids created_at overruled_at overruled_by"
    " appeal appeal_state appealed_at decided_at decided_by"
).split()
NOTE = "id report_id author_id text created_at".split()
_LINE = "id actor_id action subject detail created_at".split()
_WIDTH = len(STRIKE)
_ids_of = msgspec.json.Decoder(tuple[int, ...]).decode

_COLUMNS = f"{columns(STRIKE, 's')}, {columns(ACCOUNT, 'a')}, {columns(ACCOUNT, 'm')}"
_PEOPLE = "CROSS JOIN accounts a LEFT JOIN accounts m ON m.id = s.moderator_id"
_ONE = f"SELECT {_COLUMNS} FROM strikes s {_PEOPLE} WHERE s.id = :id AND a.id = s.account_id"
_OF = Source(_COLUMNS, f"strikes s {_PEOPLE} WHERE s.account_id = :account AND a.id = s.account_id", "s.id")
_APPEALS = Source(
    _COLUMNS, f"strikes s {_PEOPLE} WHERE s.appeal_state = 'open' AND a.id = s.account_id", "s.id"
)
_CHANGING = ", ".join(f"'{act}'" for act in STATES)
_IN_FORCE = (
    f"SELECT {columns(STRIKE, 's')} FROM strikes s WHERE s.account_id = :account AND s.overruled_at IS NULL"
    f" AND s.act IN ({_CHANGING}) ORDER BY s.id"
)
_NOTES = (
    f"SELECT {columns(NOTE, 'n')}, {columns(ACCOUNT, 'a')} FROM report_notes n CROSS JOIN accounts a"
    " WHERE n.report_id = :report AND a.id = n.author_id ORDER BY n.id DESC LIMIT :limit"
)
_FIGURES = (
    "SELECT (SELECT count(*) FROM reports WHERE target_id = :id),"
    " (SELECT count(*) FROM reports WHERE target_id = :id AND state = 'open'),"
    " (SELECT count(*) FROM reports WHERE reporter_id = :id),"
    " (SELECT count(*) FROM strikes WHERE account_id = :id),"
    " (SELECT count(*) FROM sessions WHERE account_id = :id AND expires_at > :now),"
    " (SELECT max(created_at) FROM sessions WHERE account_id = :id AND expires_at > :now)"
)
_ACTIONS = (
    "WITH RECURSIVE each_action(action) AS (SELECT min(action) FROM audit"
    " UNION ALL SELECT (SELECT min(action) FROM audit WHERE action > e.action) FROM each_action e"
    " WHERE e.action IS NOT NULL) SELECT action FROM each_action WHERE action IS NOT NULL"
)


@functools.cache
def _posts(dialect: Dialect) -> str:
    return (
        f"SELECT {columns(POST, 'p')} FROM posts p WHERE {dialect.among('p.id', 'ids')}"
        f" AND p.account_id = :account AND p.boost_of_id IS NULL AND {post_moderated('p')} ORDER BY p.id DESC"
    )


def _conditions(wanted: AccountFilter) -> str:
    role = " AND a.role = :role" if wanted.role is not None else ""
    return role + (" AND a.state = :state" if wanted.state is not None else "")


@functools.cache
def _people(dialect: Dialect, wanted: AccountFilter) -> Source:
    index = "accounts_local"
    # Partial indexes of what is rare; their conditions are said so that both databases see that they hold.
    where = "a.domain = ''" + _conditions(wanted)
    if wanted.role not in (None, Role.MEMBER):
        index, where = "accounts_role", f"{where} AND a.role <> 'member'"
    elif wanted.state not in (None, AccountState.ACTIVE):
        index, where = "accounts_state", f"{where} AND a.state <> 'active'"
    return Source(columns(ACCOUNT, "a"), f"accounts a{dialect.indexed(index)} WHERE {where}", "a.id")


@functools.cache
def _found(words: int, wanted: AccountFilter) -> str:
    candidates = ["SELECT l.account_id AS id FROM logins l WHERE l.email_key = :email"]
    if words:
        candidates.append(
            "SELECT id FROM (SELECT DISTINCT w.account_id AS id FROM account_words w"
            " WHERE w.word >= :word0 AND w.word < :last0 LIMIT :scanned) AS named"
        )
    each = "".join(
        " AND "
        + exists("account_words w", f"w.account_id = a.id AND w.word >= :word{n} AND w.word < :last{n}")
        for n in range(words)
    )
    named = f"(a.id IN (SELECT l.account_id FROM logins l WHERE l.email_key = :email) OR (1 = 1{each}))"
    return (
        f"SELECT {columns(ACCOUNT, 'a')} FROM ({' UNION '.join(candidates)}) AS c CROSS JOIN accounts a"
        f" WHERE a.id = c.id AND a.domain = '' AND {named}{_conditions(wanted)}"
        " ORDER BY a.id DESC LIMIT :limit"
    )


@functools.cache
def _audit(dialect: Dialect, actor: bool, action: bool, about: bool) -> Source:
    given = {"about": about, "actor": actor, "action": action}
    index = next((f"audit_{name}" for name, is_given in given.items() if is_given), "")
    conditions = " AND ".join(
        f"u.{'actor_id' if name == 'actor' else name} = :{name}"
        for name, is_given in given.items()
        if is_given
    )
    table = f"audit u{dialect.indexed(index) if index else ''}"
    where = f"u.id >= :from_id AND u.id < :beyond{' AND ' if conditions else ''}{conditions}"
    shown = f"{columns(_LINE, 'u')}, {columns(ACCOUNT, 'a')}"
    return Source(shown, f"{table} LEFT JOIN accounts a ON a.id = u.actor_id WHERE {where}", "u.id")


def _strike_of(row: Row) -> Strike:
    values = dict(zip(STRIKE, row[:_WIDTH], strict=True))
    values |= {
        "act": ModerationAct(values["act"]),
        "post_ids": _ids_of(values["post_ids"]),
        "appeal_state": AppealState(values["appeal_state"]),
    }
    return Strike(**values)


def _entry_of(row: Row) -> StrikeEntry:
    strike = _strike_of(row)
    moderator = None if strike.moderator_id is None else account_of(row, _WIDTH + ACCOUNT_WIDTH)
    return StrikeEntry(id=strike.id, strike=strike, account=account_of(row, _WIDTH), moderator=moderator)


def _line_of(row: Row) -> AuditLine:
    values = dict(zip(_LINE, row[: len(_LINE)], strict=True))
    return AuditLine(**values, actor=None if row[len(_LINE)] is None else account_of(row, len(_LINE)))


class Moderation(Reader):
    """The contract's `ModerationReader`."""

    @reads
    def strike(self, strike_id: int) -> Steps[StrikeEntry | None]:
        """One decision."""
        rows = yield _ONE, {"id": strike_id}
        return _entry_of(rows[0]) if rows else None

    @reads
    def strikes(self, account_id: int, page: Page) -> Steps[Listing[StrikeEntry]]:
        """Decisions about an account, newest first."""
        return mapped((yield from read_page(_OF, {"account": account_id}, page)), _entry_of)

    @reads
    def in_force(self, account_id: int) -> Steps[Sequence[Strike]]:
        """Decisions about an account's state that were not taken back, oldest first."""
        rows = yield _IN_FORCE, {"account": account_id}
        return [_strike_of(row) for row in rows]

    @reads
    def appeals(self, page: Page) -> Steps[Listing[StrikeEntry]]:
        """Decisions with an open appeal, newest first."""
        return mapped((yield from read_page(_APPEALS, {}, page)), _entry_of)

    @reads
    def notes(self, report_id: int) -> Steps[Sequence[NoteEntry]]:
        """The newest notes on a report, oldest first."""
        rows = yield _NOTES, {"report": report_id, "limit": NOTES_SHOWN}
        found = [ReportNote(**dict(zip(NOTE, row[: len(NOTE)], strict=True))) for row in rows]
        entries = [
            NoteEntry(id=note.id, note=note, author=account_of(row, len(NOTE)))
            for note, row in zip(found, rows, strict=True)
        ]
        return entries[::-1]

    @reads
    def posts(self, report_id: int) -> Steps[Sequence[Post]]:
        """What a report names and is there, newest first."""
        rows = yield "SELECT target_id, post_ids FROM reports WHERE id = :id", {"id": report_id}
        if not rows:
            return ()
        target_id, post_ids = rows[0]
        parameters = {"account": target_id, "ids": self._dialect.ids(_ids_of(post_ids))}
        rows = yield _posts(self._dialect), parameters
        return [post_of(row) for row in rows]

    @reads
    def accounts(self, wanted: AccountFilter, page: Page) -> Steps[Listing[Account]]:
        """Local accounts, newest first."""
        rows = yield from read_page(_people(self._dialect, wanted), _values(wanted), page)
        return mapped(rows, account_of)

    @reads
    def find(self, words: Sequence[str], wanted: AccountFilter, email: str = "") -> Steps[Sequence[Account]]:
        """Local accounts with such a name or this address, newest first."""
        if not words and not email:
            return ()
        # No address is the empty text.
        parameters = _values(wanted) | {"email": email, "limit": FOUND_MAX, "scanned": SCANNED}
        for number, word in enumerate(words):
            parameters |= {f"word{number}": word, f"last{number}": beyond(word)}
        rows = yield _found(len(words), wanted), parameters
        return [account_of(row) for row in rows]

    @reads
    def figures(self, account_id: int, now: int) -> Steps[AccountFigures]:
        """What there is about an account."""
        rows = yield _FIGURES, {"id": account_id, "now": now}
        reports, open_reports, reported, strikes, sessions, last = rows[0]
        return AccountFigures(
            reports=reports,
            open_reports=open_reports,
            reported=reported,
            strikes=strikes,
            sessions=sessions,
            last_log_in_at=last,
        )

    @reads
    def audit(self, wanted: AuditFilter, page: Page) -> Steps[Listing[AuditLine]]:
        """The audit log, newest first."""
        source = _audit(self._dialect, wanted.actor_id is not None, wanted.action != "", wanted.about != "")
        parameters = {
            "actor": wanted.actor_id,
            "action": wanted.action,
            "about": wanted.about,
            "from_id": wanted.first_id,
            "beyond": wanted.beyond_id,
        }
        return mapped((yield from read_page(source, parameters, page)), _line_of)

    @reads
    def audit_actions(self) -> Steps[Sequence[str]]:
        """All actions that the audit log has, in order."""
        rows = yield _ACTIONS, {}
        return [row[0] for row in rows]


def _values(wanted: AccountFilter) -> dict[str, Any]:
    return {
        "role": None if wanted.role is None else str(wanted.role),
        "state": None if wanted.state is None else str(wanted.state),
    }
