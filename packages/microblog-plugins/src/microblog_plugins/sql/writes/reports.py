"""Reports."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.reports import ReportState
from microblog_core.ports.operations import AddReport, AssignReport, SetReportState
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.reports import REPORT
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps

_REPORT = insert("reports", REPORT)
_STATE = (
    "UPDATE reports SET state = :state, action_taken_at = :at WHERE id = :id AND state <> :state RETURNING id"
)
_ASSIGN = "UPDATE reports SET assigned_id = :moderator WHERE id = :id RETURNING id"


def add_report(dialect: Dialect, operation: AddReport) -> Steps[None]:
    """A new report; guards `id`, `exists`."""
    report = operation.report
    values = {name: getattr(report, name) for name in REPORT}
    yield (
        _REPORT,
        values
        | {
            "post_ids": as_json(report.post_ids),
            "rule_ids": as_json(report.rule_ids),
            "category": str(report.category),
            "state": str(report.state),
        },
    )


def set_report_state(dialect: Dialect, operation: SetReportState) -> Steps[None]:
    """Resolved, or open again; guards `exists`, `state`."""
    at = operation.at if operation.state is ReportState.RESOLVED else None
    values = {"id": operation.report_id, "state": str(operation.state), "at": at}
    if not (yield _STATE, values):
        if (yield "SELECT id FROM reports WHERE id = :id", values):
            raise Conflict("The report is in this state already.", guard="state")
        raise Conflict("There is no such report.", guard="exists")


def assign_report(dialect: Dialect, operation: AssignReport) -> Steps[None]:
    """Somebody takes it; guard `exists`."""
    if not (yield _ASSIGN, {"id": operation.report_id, "moderator": operation.moderator_id}):
        raise Conflict("There is no such report.", guard="exists")
