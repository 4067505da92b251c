"""Reports: tell the moderators about somebody; as a moderator, read, take and resolve what was told."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import HIDDEN_STATES, AccountState
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.events import Event, ReportCreated
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.reports import (
    REPORTED_POSTS_MAX,
    Report,
    ReportCategory,
    ReportEntry,
    ReportState,
    check_comment,
)
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddReport, AssignReport, Operation, SetReportState
from microblog_core.services.site_texts import read_face


class ReportAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with an account, and with which of its posts. Naming rules makes it a `violation`."""

    account_id: int
    post_ids: tuple[int, ...] = ()
    comment: str = ""
    category: ReportCategory = ReportCategory.OTHER
    rule_ids: tuple[str, ...] = ()


class ReportCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which report is to change."""

    report_id: int


class AssignReportTo(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to look after a report; None for nobody."""

    report_id: int
    moderator_id: int | None


@authorised("reports.write")
@rate_limited("report", limit=20, per=3600)
@retried("id")
async def report_account(ports: Ports, actor: Actor, command: ReportAccount) -> Report:
    """Tell the moderators. Raises `NotFound` (no such account, or a post that is not theirs or may not be
    seen), `Invalid` (oneself; fields `comment`, `rule_ids`, `post_ids`), `RateLimited`.
    """
    reporter = require_account(actor)
    post_ids = tuple(dict.fromkeys(command.post_ids))
    rule_ids = await _check(ports, command, post_ids)
    target = await ports.storage.accounts.get(command.account_id)
    if target is None or (target.state in HIDDEN_STATES and target.state is not AccountState.SUSPENDED):
        raise NotFound("There is no such account.")
    if target.id == reporter.id:
        raise Invalid("You can't report yourself.")
    if post_ids:
        seen = await ports.storage.reports.reportable(reporter.id, target.id, post_ids)
        if len(seen) != len(post_ids):
            raise NotFound("One of these posts is not by this account, or you may not see it.")
    now = ports.clock.now()
    report = Report(
        id=ports.ids.at(now),
        reporter_id=reporter.id,
        target_id=target.id,
        post_ids=post_ids,
        comment=check_comment(command.comment),
        category=ReportCategory.VIOLATION if rule_ids else command.category,
        rule_ids=rule_ids,
        created_at=now,
    )
    event = ReportCreated(id=ports.ids.at(now), at=now, report_id=report.id, target_id=target.id)
    await _commit(ports, AddReport(report=report), event)
    return report


async def _check(ports: Ports, command: ReportAccount, post_ids: tuple[int, ...]) -> tuple[str, ...]:
    check_comment(command.comment)
    known = {rule.id for rule in (await read_face(ports)).rules}
    rule_ids = tuple(dict.fromkeys(command.rule_ids))
    if not known.issuperset(rule_ids):
        raise Invalid(fields={"rule_ids": "There is no such rule here."})
    if len(post_ids) > REPORTED_POSTS_MAX:
        raise Invalid(fields={"post_ids": f"Name at most {REPORTED_POSTS_MAX} posts."})
    return rule_ids


@authorised("reports.read")
async def list_reports(
    ports: Ports, actor: Actor, state: ReportState | None, page: Page
) -> Listing[ReportEntry]:
    """Reports in a state (all for None), newest first."""
    return await ports.storage.reports.page(state, page)


@authorised("reports.read")
async def read_report(ports: Ports, actor: Actor, report_id: int) -> ReportEntry:
    """One report. Raises `NotFound`."""
    return await _entry(ports, report_id)


@authorised("reports.resolve")
@audited("report.resolved", lambda command: command.report_id)
async def resolve_report(ports: Ports, actor: Actor, command: ReportCommand) -> ReportEntry:
    """Nothing more is to be done; resolving again changes nothing. Raises `NotFound`."""
    return await _set_state(ports, command.report_id, ReportState.RESOLVED)


@authorised("reports.resolve")
@audited("report.reopened", lambda command: command.report_id)
async def reopen_report(ports: Ports, actor: Actor, command: ReportCommand) -> ReportEntry:
    """Something is to be done after all. Raises `NotFound`."""
    return await _set_state(ports, command.report_id, ReportState.OPEN)


@authorised("reports.resolve")
@audited("report.assigned", lambda command: f"{command.report_id} {command.moderator_id or 'nobody'}")
async def assign_report(ports: Ports, actor: Actor, command: AssignReportTo) -> ReportEntry:
    """Somebody who may resolve reports takes this one, or nobody does. Raises `NotFound`, `Invalid` (field
    `moderator_id`).
    """
    if command.moderator_id is not None:
        moderator = await ports.storage.accounts.get(command.moderator_id)
        if moderator is None or not ports.authoriser.allows(Actor(account=moderator), "reports.resolve"):
            raise Invalid(fields={"moderator_id": "This is no moderator."})
    await _commit(ports, AssignReport(report_id=command.report_id, moderator_id=command.moderator_id))
    return await _entry(ports, command.report_id)


async def _set_state(ports: Ports, report_id: int, state: ReportState) -> ReportEntry:
    await _commit(ports, SetReportState(report_id=report_id, state=state, at=ports.clock.now()))
    return await _entry(ports, report_id)


async def _entry(ports: Ports, report_id: int) -> ReportEntry:
    entry = await ports.storage.reports.get(report_id)
    if entry is None:
        raise _gone()
    return entry


def _gone() -> NotFound:
    return NotFound("There is no such report.")


async def _commit(ports: Ports, operation: Operation, event: Event | None = None) -> None:
    unit = ports.unit()
    unit.apply(operation)
    if event is not None:
        unit.emit(event)
    try:
        await unit.commit_once("state")
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise _gone() from conflict
        raise
