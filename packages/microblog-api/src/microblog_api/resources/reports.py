"""Reports: tell the moderators of somebody (https://docs.joinmastodon.org/methods/reports/)."""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, post
from microblog_api.entities import Report
from microblog_api.names import moment
from microblog_core.domain.errors import NotFound
from microblog_core.domain.reports import ReportCategory
from microblog_core.services import reports


class NewReport(msgspec.Struct, frozen=True):
    """What is wrong with somebody. Nothing is forwarded: there are no other sites."""

    account_id: Id
    status_ids: list[Id] = []
    comment: str = ""
    category: ReportCategory = ReportCategory.OTHER
    rule_ids: list[str] = []


@post("/api/v1/reports", needs="write:reports")
async def create(call: Call, given: NewReport) -> Report:
    """File a report."""
    command = reports.ReportAccount(
        account_id=given.account_id,
        post_ids=tuple(given.status_ids),
        comment=given.comment,
        category=given.category,
        rule_ids=tuple(given.rule_ids),
    )
    report = await reports.report_account(call.ports, call.actor, command)
    # Whoever blocks somebody may be reported by them too.
    target = await call.ports.storage.accounts.get(report.target_id)
    if target is None:
        raise NotFound
    return Report(
        id=str(report.id),
        action_taken=report.action_taken_at is not None,
        action_taken_at=None if report.action_taken_at is None else moment(report.action_taken_at),
        category=str(report.category),
        comment=report.comment,
        forwarded=report.forwarded,
        created_at=moment(report.created_at),
        status_ids=[str(post_id) for post_id in report.post_ids],
        rule_ids=list(report.rule_ids),
        target_account=call.present.account(target),
    )


ENDPOINTS = (create,)
