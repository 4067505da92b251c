"""The audit log: who did what to whom, filtered and paged, and as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.moderation import CSV_LINES, AuditFilter
from microblog_core.http.scope import query_of
from microblog_core.services.accounts import find_account
from microblog_core.services.audit import READ, export_audit, list_audit, list_audit_actions
from microblog_web.admin_nav import admin_view, answer_admin, linked
from microblog_web.forms import Form
from microblog_web.requests import Sendable, listing_page, scope_of
from microblog_web.responses import Answer
from microblog_web.views import View

PATH = "/admin/audit"
FIELDS = ("actor", "action", "about", "since", "until")
_NOBODY = -1
"""An actor whose name nobody has: nothing is found."""


@get(PATH)
async def show(request: Request[Any, Any, Any]) -> Sendable:
    """Lines of the log, newest first."""
    view = await admin_view(request, READ)
    asked = _asked(request)
    errors: dict[str, str] = {}
    try:
        wanted = await _wanted(view, asked)
    except Invalid as error:
        wanted, errors = AuditFilter(actor_id=_NOBODY), dict(error.fields)
    listing = await list_audit(view.ports, view.actor, wanted, listing_page(scope_of(request)))
    actions = await list_audit_actions(view.ports, view.actor)
    kept = urlencode({name: value for name, value in asked.items() if value})
    main = view.web.render(
        "web/admin/audit.html",
        view.locale,
        lines=listing.items,
        form=Form(asked, errors=errors, fields=FIELDS),
        actions=[("", view.translate("Any")), *((each, each) for each in actions)],
        filtered=any(asked.values()),
        file=f"{PATH}.csv{'?' if kept else ''}{kept}",
        most=CSV_LINES,
        path=PATH,
        **linked(PATH, listing, asked),
    )
    return await answer_admin(view, "audit", view.translate("Audit log"), main, 422 if errors else 200)


@get(f"{PATH}.csv")
async def as_csv(request: Request[Any, Any, Any]) -> Sendable:
    """The newest lines as a file."""
    view = await admin_view(request, READ)
    try:
        wanted = await _wanted(view, _asked(request))
    except Invalid as error:
        raise NotFound("There is no such file.", hint="Begin at the page of the audit log.") from error
    text = await export_audit(view.ports, view.actor, wanted)
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", b'attachment; filename="audit.csv"'),
        (b"cache-control", b"no-store"),
    )
    return Answer(text.encode("utf-8", "replace"), headers=headers)


def _asked(request: Request[Any, Any, Any]) -> dict[str, str]:
    query = query_of(scope_of(request))
    return {name: query.get(name, "").strip()[:200] for name in FIELDS}


async def _wanted(view: View, asked: dict[str, str]) -> AuditFilter:
    """What was asked for; raises `Invalid` about its fields."""
    actor = await _account_id(view, asked["actor"]) if asked["actor"] else None
    about = asked["about"]
    if about.startswith("@"):
        about = str(await _account_id(view, about))
    until = _day(asked["until"], "until")
    return AuditFilter(
        actor_id=actor,
        action=asked["action"],
        about=about.partition(" ")[0],
        since=_milliseconds(_day(asked["since"], "since")),
        until=None if until is None else _milliseconds(until + timedelta(days=1)),
    )


async def _account_id(view: View, name: str) -> int:
    try:
        return (await find_account(view.ports, name)).id
    except NotFound:
        return _NOBODY


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={field: "Give a day such as 2026-01-31."}) from None
    if not 1970 <= day.year < 9999:
        raise Invalid(fields={field: "Give a day of this century."})
    return day


def _milliseconds(day: date | None) -> int | None:
    if day is None:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


HANDLERS = (show, as_csv)
