"""Reports in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.reports import Report, ReportEntry, ReportState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import may_see
from microblog_core.ports.operations import AddReport, AssignReport, SetReportState


def add_report(tables: Tables, operation: AddReport) -> None:
    """A new report; guards `id`, `exists`."""
    report = operation.report
    if report.id in tables.reports:
        raise Conflict("A report with this id exists.", guard="id")
    if report.reporter_id not in tables.accounts or report.target_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    tables.reports.put(report.id, report)


def _existing(tables: Tables, report_id: int) -> Report:
    report = tables.reports.get(report_id)
    if report is None:
        raise Conflict("There is no such report.", guard="exists")
    return report


def set_report_state(tables: Tables, operation: SetReportState) -> None:
    """Resolved, or open again; guards `exists`, `state`."""
    report = _existing(tables, operation.report_id)
    if report.state is operation.state:
        raise Conflict("The report is in this state already.", guard="state")
    at = operation.at if operation.state is ReportState.RESOLVED else None
    tables.reports.put(report.id, replace(report, state=operation.state, action_taken_at=at))


def assign_report(tables: Tables, operation: AssignReport) -> None:
    """Somebody takes it; guard `exists`."""
    report = _existing(tables, operation.report_id)
    if operation.moderator_id is not None and operation.moderator_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    tables.reports.put(report.id, replace(report, assigned_id=operation.moderator_id))


class ReportReads:
    """A `ports.reports.ReportReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _entry(self, report: Report) -> ReportEntry:
        accounts = self._tables.accounts.rows
        return ReportEntry(
            id=report.id,
            report=report,
            reporter=accounts[report.reporter_id],
            target=accounts[report.target_id],
            assigned=None if report.assigned_id is None else accounts[report.assigned_id],
        )

    async def get(self, report_id: int) -> ReportEntry | None:
        """One report."""
        report = self._tables.reports.get(report_id)
        return None if report is None else self._entry(report)

    async def page(self, state: ReportState | None, page: Page) -> Listing[ReportEntry]:
        """Reports in a state, newest first."""
        wanted = (each for each in self._tables.reports.rows.values() if state in (None, each.state))
        return mapped(cut(wanted, page, lambda each: each.id), self._entry)

    async def assigned(self, moderator_id: int, page: Page) -> Listing[ReportEntry]:
        """Open reports that a moderator has taken, newest first."""
        taken = (
            each
            for each in self._tables.reports.rows.values()
            if each.assigned_id == moderator_id and each.state is ReportState.OPEN
        )
        return mapped(cut(taken, page, lambda each: each.id), self._entry)

    async def about(self, target_id: int, page: Page) -> Listing[ReportEntry]:
        """All reports about an account, newest first."""
        theirs = (each for each in self._tables.reports.rows.values() if each.target_id == target_id)
        return mapped(cut(theirs, page, lambda each: each.id), self._entry)

    async def reportable(self, viewer: int, target_id: int, post_ids: Sequence[int]) -> frozenset[int]:
        """Those of these ids that are the target's and may be seen."""
        sight, posts = sight_of(self._tables, viewer), self._tables.posts.rows
        theirs = [posts[each] for each in post_ids if each in posts and posts[each].account_id == target_id]
        return frozenset(
            post.id
            for post in theirs
            if may_see(sight, post, posts[post.boost_of_id] if post.boost_of_id else None)
        )
