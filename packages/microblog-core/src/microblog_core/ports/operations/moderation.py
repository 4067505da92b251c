"""Operations on what moderators decide. Who may act on whom is decided here, by what is stored when it is
written: roles may change while somebody looks at a form.
"""

from __future__ import annotations

from microblog_core.domain.moderation import ReportNote, Strike
from microblog_core.ports.operations.base import Operation


def strikes_key(account_id: int) -> str:
    """The cache key of an account's history."""
    return f"strikes:{account_id}"


class AddStrike(Operation, frozen=True, kw_only=True):
    """A decision. Guards: `id`; `exists` (account or report are gone); `rank` (the moderator may not act on
    this account, see `domain.ranks`).
    """

    strike: Strike

    def changed(self) -> tuple[str, ...]:
        """The account's history."""
        return (strikes_key(self.strike.account_id),)


class OverruleStrike(Operation, frozen=True, kw_only=True):
    """A decision is taken back by `by` at `at` (Unix milliseconds); an open appeal against it is accepted
    with that. Guards: `exists`; `overruled` (it was taken back already); `rank`.
    """

    strike: Strike
    by: int | None
    at: int

    def changed(self) -> tuple[str, ...]:
        """The account's history."""
        return (strikes_key(self.strike.account_id),)


class AppealStrike(Operation, frozen=True, kw_only=True):
    """Whom a decision is about asks to have it looked at again. Guards: `exists`; `appeal` (asked already, or
    it was taken back).
    """

    strike: Strike
    text: str
    at: int

    def changed(self) -> tuple[str, ...]:
        """The account's history."""
        return (strikes_key(self.strike.account_id),)


class RejectAppeal(Operation, frozen=True, kw_only=True):
    """The decision stands. Guards: `exists`; `appeal` (there is no open one); `rank`."""

    strike: Strike
    by: int | None
    at: int

    def changed(self) -> tuple[str, ...]:
        """The account's history."""
        return (strikes_key(self.strike.account_id),)


class AddReportNote(Operation, frozen=True, kw_only=True):
    """A note on a report. Guards: `id`; `exists` (report or author are gone)."""

    note: ReportNote

    def changed(self) -> tuple[str, ...]:
        """What moderators see."""
        return ("reports",)
