"""Operations on reports."""

from __future__ import annotations

from microblog_core.domain.reports import Report, ReportState
from microblog_core.ports.operations.base import Operation


class AddReport(Operation, frozen=True, kw_only=True):
    """A new report. Guards: `id`; `exists` (reporter or target are gone)."""

    report: Report

    def changed(self) -> tuple[str, ...]:
        """What moderators see."""
        return ("reports",)


class SetReportState(Operation, frozen=True, kw_only=True):
    """A report is resolved at `at` (Unix milliseconds), or opened again. Guards: `exists`; `state` (it is so
    already).
    """

    report_id: int
    state: ReportState
    at: int

    def changed(self) -> tuple[str, ...]:
        """What moderators see."""
        return ("reports",)


class AssignReport(Operation, frozen=True, kw_only=True):
    """A moderator takes a report; None for nobody. Guard: `exists`."""

    report_id: int
    moderator_id: int | None

    def changed(self) -> tuple[str, ...]:
        """What moderators see."""
        return ("reports",)
