"""Announcements: a box on the home page, a page with reactions, and the administrators' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.announcements import ANNOUNCEMENT_LENGTH, REACTIONS, Announcement
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.services import announcements as services
from microblog_web.admin_nav import admin_view, answer_tab
from microblog_web.campaign_forms import moment_from, shown_moment
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/announcements"
ADMIN = "/admin/announcements"
PERMISSION = "announcements.manage"
FIELDS = ("text", "starts_at", "ends_at", "published")


@get(PATH)
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """What is announced now, read or not."""
    view = await view_of(scope_of(request))
    main = view.web.render(
        "web/announcements.html",
        view.locale,
        entries=await services.read_announcements(view.ports, view.actor),
        reactions=REACTIONS,
        may_announce=view.ports.authoriser.allows(view.actor, PERMISSION),
        me=view.me,
        csrf=view.csrf,
        here=view.here,
        boxed=False,
    )
    return await answer_page(view, Page(title=view.translate("Announcements"), main=main))


async def draw_unread(view: View) -> str:
    """The announcements that the reader has not dismissed, for the top of the home page; mostly nothing."""
    entries = await services.read_unread(view.ports, view.actor)
    if not entries:
        return ""
    drawn = view.web.render(
        "web/announcements.html",
        view.locale,
        entries=entries,
        reactions=REACTIONS,
        may_announce=False,
        me=view.me,
        csrf=view.csrf,
        here=view.here,
        boxed=True,
    )
    # No Markup: what it is joined with is HTML in a plain string, and would be escaped.
    return str(drawn)


@post(f"{PATH}/{{number:str}}/{{doing:str}}")
async def act(request: Request[Any, Any, Any], number: FromPath[str], doing: FromPath[str]) -> Sendable:
    """Dismiss it, react to it, or take a reaction back."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    found = _id(number)
    if doing == "dismiss":
        which = services.AnnouncementCommand(announcement_id=found)
        await services.dismiss_announcement(view.ports, view.actor, which)
    elif doing in ("react", "take-back"):
        reaction = services.React(announcement_id=found, name=values.get("name", ""))
        change = services.react_to_announcement if doing == "react" else services.take_reaction_back
        await change(view.ports, view.actor, reaction)
    else:
        raise NotFound("There is no page at this address.")
    return back(request, values, anchor=f"a{found}" if doing != "dismiss" else "", default=PATH)


@get(ADMIN)
async def manage(request: Request[Any, Any, Any]) -> Sendable:
    """All announcements, newest first."""
    view = await admin_view(request, PERMISSION)
    listing = await services.list_announcements(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/admin/announcements.html",
        view.locale,
        announcements=[(each, _state(view, each)) for each in listing.items],
        moment=lambda at: shown_moment(at, view.ports.statistics.zone)[:16],
        zone=view.ports.statistics.name,
        path=ADMIN,
        csrf=view.csrf,
        **neighbours(ADMIN, listing),
    )
    return await answer_tab(view, "announcements", main)


@get(f"{ADMIN}/new")
async def new(request: Request[Any, Any, Any]) -> Sendable:
    """The form for another one."""
    return await _editor(await admin_view(request, PERMISSION), Form({"published": "1"}, fields=FIELDS))


@post(f"{ADMIN}/new")
async def add(request: Request[Any, Any, Any]) -> Sendable:
    """Announce something."""
    values = await sent_form(request)
    view = await admin_view(request, PERMISSION)
    try:
        command = services.AddAnnouncement(**_command(view, values))
        await services.add_announcement(view.ports, view.actor, command)
    except Invalid as error:
        return await _editor(view, Form.rejected(typed(values, FIELDS), error, FIELDS), status=error.status)
    flash(request, view.translate("The announcement is saved."))
    return see_other(ADMIN)


@get(f"{ADMIN}/{{number:str}}")
async def edit(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """One of them in its form."""
    view = await admin_view(request, PERMISSION)
    found = await services.read_announcement(view.ports, view.actor, _id(number))
    return await _editor(view, Form(_values(view, found), fields=FIELDS), found)


@post(f"{ADMIN}/{{number:str}}")
async def save(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Change it."""
    values = await sent_form(request)
    view = await admin_view(request, PERMISSION)
    found = await services.read_announcement(view.ports, view.actor, _id(number))
    try:
        command = services.UpdateAnnouncement(announcement_id=found.id, **_command(view, values))
        await services.update_announcement(view.ports, view.actor, command)
    except Invalid as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _editor(view, form, found, error.status)
    flash(request, view.translate("The announcement is saved."))
    return see_other(ADMIN)


@post(f"{ADMIN}/{{number:str}}/{{doing:str}}")
async def decide(request: Request[Any, Any, Any], number: FromPath[str], doing: FromPath[str]) -> Sendable:
    """Publish, withdraw or delete it."""
    await sent_form(request)
    view = await admin_view(request, PERMISSION)
    found = await services.read_announcement(view.ports, view.actor, _id(number))
    if doing == "delete":
        which = services.AnnouncementCommand(announcement_id=found.id)
        await services.remove_announcement(view.ports, view.actor, which)
        flash(request, view.translate("The announcement is gone."))
    elif doing in ("publish", "withdraw"):
        command = services.UpdateAnnouncement(
            announcement_id=found.id,
            text=found.text,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            published=doing == "publish",
        )
        await services.update_announcement(view.ports, view.actor, command)
        flash(request, view.translate("The announcement is saved."))
    else:
        raise NotFound("There is no page at this address.")
    return see_other(ADMIN)


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise NotFound("There is no such announcement.")
    return number


def _command(view: View, values: Mapping[str, str]) -> dict[str, Any]:
    zone = view.ports.statistics.zone
    moments: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    for name in ("starts_at", "ends_at"):
        try:
            moments[name] = moment_from(values, name, zone)
        except Invalid as error:
            errors |= error.fields
    if errors:
        raise Invalid(fields=errors)
    return {"text": values.get("text", ""), "published": bool(values.get("published")), **moments}


def _values(view: View, found: Announcement) -> dict[str, str]:
    zone = view.ports.statistics.zone
    moments = {name: shown_moment(getattr(found, name), zone)[:16] for name in ("starts_at", "ends_at")}
    shown = {name: text.replace(" ", "T") for name, text in moments.items()}
    return {"text": found.text, "published": "1" if found.published else "", **shown}


def _state(view: View, found: Announcement) -> str:
    if not found.published:
        return view.translate("Draft")
    if found.is_on(view.now):
        return view.translate("Shown now")
    waits = found.starts_at is not None and found.starts_at > view.now
    return view.translate("Scheduled") if waits else view.translate("Over")


async def _editor(view: View, form: Form, found: Announcement | None = None, status: int = 200) -> Answer:
    main = view.web.render(
        "web/admin/announcement.html",
        view.locale,
        form=form,
        found=found,
        limit=ANNOUNCEMENT_LENGTH,
        zone=view.ports.statistics.name,
        path=ADMIN,
        csrf=view.csrf,
    )
    return await answer_tab(view, "announcements", main, status)


HANDLERS = (overview, act, manage, new, add, edit, save, decide)
