"""Jobs for operators: how the queue stands and went, what failed for good, schedules and housekeeping.

Every page costs the same however many jobs there are, and works without JavaScript.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.jobs import shown_payload
from microblog_core.http.scope import query_of, site_of
from microblog_core.ports.queue import COUNTED
from microblog_core.runtime.executor import job_kinds
from microblog_core.runtime.logs import scrub
from microblog_core.services.housekeeping import read_housekeeping
from microblog_core.services.jobs import (
    DeadJobs,
    JobCommand,
    discard_dead,
    discard_job,
    list_jobs,
    read_job,
    retry_dead,
    retry_job,
)
from microblog_core.services.jobs_overview import HourReport, JobsReport, read_jobs_report
from microblog_web.admin_nav import answer_admin
from microblog_web.charts import bars
from microblog_web.i18n import mark
from microblog_web.requests import (
    Sendable,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.times import number
from microblog_web.views import View

PATH = "/admin/jobs"
FAILED = f"{PATH}/failed"
PERMISSION = "jobs.manage"
AT_ONCE = 4000
"""How many one press of a button retries or discards; more take another."""
CHARTS = (
    ("done", mark("Jobs done")),
    ("failed", mark("Runs that failed")),
    ("buried", mark("Jobs that failed for good")),
)
Doing = Literal["retry", "discard"]


async def _operator(request: Request[Any, Any, Any]) -> View:
    """The view of somebody who may look after jobs. Raises `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, PERMISSION)
    return view


@get(PATH)
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """How every kind stands and went, by the hour, and when schedules and housekeeping ran."""
    view = await _operator(request)
    site = site_of(scope_of(request))
    given = site.contributions
    report = await read_jobs_report(view.ports, view.actor, job_kinds(site), given.schedules)
    sweeps = await read_housekeeping(view.ports, view.actor, given.sweeps)
    main = view.web.render(
        "web/jobs.html",
        view.locale,
        report=report,
        busy=[each for each in report.kinds if _is_busy(each)],
        idle=[each.stands.kind for each in report.kinds if not _is_busy(each)],
        charts=_charts(view, report),
        sweeps=sweeps,
        counted=COUNTED,
        hour=_hour,
        now=view.now,
    )
    return await _answer(view, view.translate("Jobs"), main)


def _is_busy(each: Any) -> bool:
    stands = each.stands
    return bool(
        stands.due
        or stands.scheduled
        or stands.running
        or stands.dead
        or each.done
        or each.failed
        or each.buried
    )


def _hour(each: HourReport) -> str:
    return f"{each.hour // 3_600_000 % 24:02}:00"


def _charts(view: View, report: JobsReport) -> list[tuple[str, Any]]:
    labels = [_hour(each) for each in report.hours]
    charts = []
    for name, title in CHARTS:
        values = [getattr(each, name) for each in report.hours]
        if name != "done" and not any(values):
            continue
        said = view.translate(
            "From %(first)s to %(last)s UTC, at most %(most)s an hour. The numbers are in the table below.",
            first=labels[0],
            last=labels[-1],
            most=number(max(values), view.locale),
        )
        charts.append((title, bars(name, view.translate(title), said, labels, values, view.locale)))
    return charts


@get(FAILED)
async def failed(request: Request[Any, Any, Any]) -> Sendable:
    """What failed for good, newest first, of all kinds or one."""
    view = await _operator(request)
    kind = _kind_of(query_of(scope_of(request)).get("kind", ""))
    listing = await list_jobs(view.ports, view.actor, "dead", listing_page(scope_of(request)), kind=kind)
    query = urlencode({"kind": kind}) if kind else ""
    links = {name: _with(link, query) for name, link in neighbours(FAILED, listing).items()}
    main = view.web.render(
        "web/jobs_failed.html",
        view.locale,
        jobs=listing.items,
        kind=kind,
        query=f"?{query}" if query else "",
        scrub=scrub,
        csrf=view.csrf,
        **links,
    )
    return await _answer(view, view.translate("Failed jobs"), main)


@get(f"{FAILED}/{{doing:str}}")
async def ask_all(request: Request[Any, Any, Any], doing: FromPath[str]) -> Sendable:
    """Ask before all jobs that failed for good, or those of a kind, are retried or discarded."""
    view = await _operator(request)
    done = _doing(doing)
    kind = _kind_of(query_of(scope_of(request)).get("kind", ""))
    stands = await view.ports.storage.queue.overview(view.now)
    count = sum(each.dead for each in stands if kind in ("", each.kind))
    main = view.web.render(
        "web/jobs_sure.html", view.locale, doing=done, kind=kind, count=count, counted=COUNTED, csrf=view.csrf
    )
    return await _answer(view, view.translate("Failed jobs"), main)


@post(f"{FAILED}/{{doing:str}}")
async def do_all(request: Request[Any, Any, Any], doing: FromPath[str]) -> Sendable:
    """Retry or discard them."""
    values = await sent_form(request)
    view = await _operator(request)
    command = DeadJobs(kind=_kind_of(values.get("kind", "")), limit=AT_ONCE)
    if _doing(doing) == "retry":
        count = await retry_dead(view.ports, view.actor, command)
        flash(request, view.translate("%(count)s queued again.", count=count))
    else:
        count = await discard_dead(view.ports, view.actor, command)
        flash(request, view.translate("%(count)s discarded.", count=count))
    return see_other(FAILED)


@get(f"{PATH}/{{job_id:str}}")
async def show(request: Request[Any, Any, Any], job_id: FromPath[str]) -> Sendable:
    """Everything about one job but what may be somebody's words or secrets."""
    view = await _operator(request)
    job = await read_job(view.ports, view.actor, _id(job_id))
    kind = job_kinds(site_of(scope_of(request))).get(job.kind)
    main = view.web.render(
        "web/job.html",
        view.locale,
        job=job,
        known=kind is not None,
        tries=kind.retry.tries if kind is not None else 0,
        payload=shown_payload(job.payload, kind.shows if kind is not None else ()),
        error=scrub(job.error),
        csrf=view.csrf,
    )
    return await _answer(view, view.translate("Job"), main)


@post(f"{PATH}/{{job_id:str}}/retry")
async def retry(request: Request[Any, Any, Any], job_id: FromPath[str]) -> Sendable:
    """Queue one that failed for good anew."""
    await sent_form(request)
    view = await _operator(request)
    try:
        await retry_job(view.ports, view.actor, JobCommand(job_id=_id(job_id)))
    except (Conflict, NotFound) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("Queued again."))
    return see_other(FAILED)


@post(f"{PATH}/{{job_id:str}}/discard")
async def discard(request: Request[Any, Any, Any], job_id: FromPath[str]) -> Sendable:
    """Remove one, whatever its state."""
    await sent_form(request)
    view = await _operator(request)
    try:
        await discard_job(view.ports, view.actor, JobCommand(job_id=_id(job_id)))
    except NotFound as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("Discarded."))
    return see_other(FAILED)


async def _answer(view: View, title: str, main: Any) -> Answer:
    return await answer_admin(view, "jobs", title, main)


def _with(link: str, query: str) -> str:
    """A link with one thing more in its query; none stays none."""
    if not link or not query:
        return link
    return f"{link}{'&' if '?' in link else '?'}{query}"


def _doing(text: str) -> Doing:
    if text == "retry":
        return "retry"
    if text == "discard":
        return "discard"
    raise NotFound("There is no page at this address.", hint="Check the address.")


def _kind_of(text: str) -> str:
    """The name of a kind, as far as it can be one."""
    return text if len(text) <= 200 and text.isprintable() else ""


def _id(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise NotFound("There is no such job.", hint="Look at the list of failed jobs.")
    return found


HANDLERS = (overview, failed, ask_all, do_all, show, retry, discard)
