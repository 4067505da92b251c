"""Decisions of moderators, appeals, and notes on reports."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.errors import Conflict
from microblog_core.domain.moderation import AppealState
from microblog_core.ports.operations import (
    AddReportNote,
    AddStrike,
    AppealStrike,
    OverruleStrike,
    RejectAppeal,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.moderation import NOTE, STRIKE
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.ranks import check_acts_on

_STRIKE = insert("strikes", STRIKE)
_NOTE = insert("report_notes", NOTE)
_OVERRULE = (
    "UPDATE strikes SET overruled_at = :at, overruled_by = :by,"
    " decided_at = CASE WHEN appeal_state = 'open' THEN :at ELSE decided_at END,"
    " decided_by = CASE WHEN appeal_state = 'open' THEN :by ELSE decided_by END,"
    " appeal_state = CASE WHEN appeal_state = 'open' THEN 'accepted' ELSE appeal_state END"
    " WHERE id = :id AND overruled_at IS NULL RETURNING id"
)
_APPEAL = (
    "UPDATE strikes SET appeal = :text, appeal_state = 'open', appealed_at = :at"
    " WHERE id = :id AND appeal_state = 'none' AND overruled_at IS NULL RETURNING id"
)
_REJECT = (
    "UPDATE strikes SET appeal_state = :state, decided_at = :at, decided_by = :by"
    " WHERE id = :id AND appeal_state = 'open' RETURNING id"
)


def add_strike(dialect: Dialect, operation: AddStrike) -> Steps[None]:
    """A decision; guards `id`, `exists`, `rank`."""
    strike = operation.strike
    yield from check_acts_on(dialect, strike.moderator_id, strike.account_id)
    values = {name: getattr(strike, name) for name in STRIKE}
    values |= {
        "act": str(strike.act),
        "appeal_state": str(strike.appeal_state),
        "post_ids": as_json(strike.post_ids),
    }
    yield _STRIKE, values


def overrule_strike(dialect: Dialect, operation: OverruleStrike) -> Steps[None]:
    """Taken back; guards `exists`, `overruled`, `rank`."""
    yield from check_acts_on(dialect, operation.by, operation.strike.account_id)
    values = {"id": operation.strike.id, "at": operation.at, "by": operation.by}
    yield from _once(_OVERRULE, values, "overruled", "This decision was taken back already.")


def appeal_strike(dialect: Dialect, operation: AppealStrike) -> Steps[None]:
    """Asked to be looked at again; guards `exists`, `appeal`."""
    values = {"id": operation.strike.id, "at": operation.at, "text": operation.text}
    yield from _once(_APPEAL, values, "appeal", "This decision was appealed against, or taken back.")


def reject_appeal(dialect: Dialect, operation: RejectAppeal) -> Steps[None]:
    """The decision stands; guards `exists`, `appeal`, `rank`."""
    yield from check_acts_on(dialect, operation.by, operation.strike.account_id)
    values = {
        "id": operation.strike.id,
        "at": operation.at,
        "by": operation.by,
        "state": str(AppealState.REJECTED),
    }
    yield from _once(_REJECT, values, "appeal", "There is no open appeal.")


def _once(statement: str, values: dict[str, Any], guard: str, message: str) -> Steps[None]:
    if not (yield statement, values):
        if (yield "SELECT id FROM strikes WHERE id = :id", {"id": values["id"]}):
            raise Conflict(message, guard=guard)
        raise Conflict("There is no such decision.", guard="exists")


def add_report_note(dialect: Dialect, operation: AddReportNote) -> Steps[None]:
    """A note; guards `id`, `exists`."""
    yield _NOTE, {name: getattr(operation.note, name) for name in NOTE}
