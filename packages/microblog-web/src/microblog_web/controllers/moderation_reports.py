"""The queue of reports, a report with all that helps to decide, and what moderators do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.moderation import NOTE_LENGTH, REASON_LENGTH
from microblog_core.domain.reports import ReportEntry, ReportState
from microblog_core.domain.timelines import Listing
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.http.scope import query_of
from microblog_core.services.moderators import (
    NoteOnReport,
    list_assigned_reports,
    list_reports_about,
    note_report,
    read_report_file,
)
from microblog_core.services.reports import (
    AssignReportTo,
    ReportCommand,
    assign_report,
    list_reports,
    reopen_report,
    resolve_report,
)
from microblog_web.admin_nav import admin_view, answer_admin, linked
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.moderating import (
    ACT_FIELDS,
    VISIBILITIES,
    WORDS,
    decide,
    may_decide,
    possible_acts,
)
from microblog_web.requests import Sendable, flash, listing_page, scope_of, sent_form
from microblog_web.responses import Answer, see_other
from microblog_web.texts import shortened
from microblog_web.views import View

PATH = "/admin/reports"
READ = "reports.read"
QUEUES = {"open": mark("Still open"), "mine": mark("Mine"), "resolved": mark("Resolved")}
EARLIER = 10
"""Other reports about the same account that a report shows."""


@get(PATH)
async def queue(request: Request[Any, Any, Any]) -> Sendable:
    """Reports that wait, those that somebody has taken, or those that are done; newest first."""
    view = await admin_view(request, READ)
    asked = query_of(scope_of(request)).get("queue", "")
    which = asked if asked in QUEUES else "open"
    listing = await _listed(view, which, listing_page(scope_of(request)))
    main = view.web.render(
        "web/admin/reports.html",
        view.locale,
        reports=listing.items,
        queues=QUEUES,
        which=which,
        path=PATH,
        shortened=shortened,
        **WORDS,
        **linked(PATH, listing, {"queue": "" if which == "open" else which}),
    )
    return await answer_admin(view, "reports", view.translate("Reports"), main)


async def _listed(view: View, which: str, page: ListingPage) -> Listing[ReportEntry]:
    if which == "mine":
        return await list_assigned_reports(view.ports, view.actor, page)
    state = ReportState.RESOLVED if which == "resolved" else ReportState.OPEN
    return await list_reports(view.ports, view.actor, state, page)


@get(f"{PATH}/{{report_id:str}}")
async def show(request: Request[Any, Any, Any], report_id: FromPath[str]) -> Sendable:
    """One report."""
    view = await admin_view(request, READ)
    return await _page(view, _id(report_id), Form({"act": "warn"}))


@post(f"{PATH}/{{report_id:str}}/act")
async def act(request: Request[Any, Any, Any], report_id: FromPath[str]) -> Sendable:
    """Decide something about the account, which resolves the report."""
    values = await sent_form(request)
    view = await admin_view(request, READ)
    number = _id(report_id)
    file = await read_report_file(view.ports, view.actor, number)
    try:
        told = await decide(view, file.entry.target.id, values, number)
    except (Invalid, Forbidden, Conflict, NotFound) as error:
        return await _page(view, number, Form.rejected(values, error, ACT_FIELDS), error.status)
    flash(request, told)
    return see_other(f"{PATH}/{number}")


@post(f"{PATH}/{{report_id:str}}/note")
async def note(request: Request[Any, Any, Any], report_id: FromPath[str]) -> Sendable:
    """Leave a note for other moderators."""
    values = await sent_form(request)
    view = await admin_view(request, READ)
    number = _id(report_id)
    try:
        await note_report(view.ports, view.actor, NoteOnReport(report_id=number, text=values.get("text", "")))
    except Invalid as error:
        return await _page(view, number, Form.rejected(values, error, ("text",)), error.status)
    return see_other(f"{PATH}/{number}#notes")


@post(f"{PATH}/{{report_id:str}}/{{doing:str}}")
async def do(request: Request[Any, Any, Any], report_id: FromPath[str], doing: FromPath[str]) -> Sendable:
    """Take it, leave it to others, resolve it, or open it again."""
    await sent_form(request)
    view = await admin_view(request, READ)
    number = _id(report_id)
    try:
        told = await _do(view, number, doing)
    except (Invalid, Conflict) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, told)
    return see_other(f"{PATH}/{number}")


async def _do(view: View, number: int, doing: str) -> str:
    ports, actor, command = view.ports, view.actor, ReportCommand(report_id=number)
    if doing in ("assign", "unassign"):
        mine = actor.id if doing == "assign" else None
        await assign_report(ports, actor, AssignReportTo(report_id=number, moderator_id=mine))
        if doing == "assign":
            return view.translate("You have taken this report.")
        return view.translate("This report waits for somebody else.")
    if doing == "resolve":
        await resolve_report(ports, actor, command)
        return view.translate("This report is resolved.")
    if doing == "reopen":
        await reopen_report(ports, actor, command)
        return view.translate("This report is open again.")
    raise NotFound("There is no page at this address.", hint="Check the address.")


async def _page(view: View, number: int, form: Form, status: int = 200) -> Answer:
    file = await read_report_file(view.ports, view.actor, number)
    account = file.entry.target
    about = await list_reports_about(view.ports, view.actor, account.id, ListingPage(limit=EARLIER + 1))
    rules: Mapping[str, str] = {rule.id: rule.text for rule in view.face.rules}
    main = view.web.render(
        "web/admin/report.html",
        view.locale,
        file=file,
        visibilities=VISIBILITIES,
        shortened=shortened,
        report=file.entry.report,
        account=account,
        figures=file.record.figures,
        rules=[rules.get(each, each) for each in file.entry.report.rule_ids],
        gone=len(file.entry.report.post_ids) - len(file.posts),
        others=[each for each in about.items if each.id != number][:EARLIER],
        may_decide=may_decide(view.actor, account.role, account.state),
        choices=possible_acts(view, account.state, with_posts=bool(file.posts)),
        form=form,
        path=PATH,
        me=view.me,
        csrf=view.csrf,
        reason_length=REASON_LENGTH,
        note_length=NOTE_LENGTH,
        **WORDS,
    )
    title = view.translate("Report about @%(acct)s", acct=account.acct)
    return await answer_admin(view, "reports", title, main, status)


def _id(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise NotFound("There is no such report.", hint="Look at the list of reports.")
    return found


HANDLERS = (queue, show, act, note, do)
