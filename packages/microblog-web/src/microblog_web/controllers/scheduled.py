"""Posts that wait for their time: see, move, change and cancel them."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.services.scheduled import (
    CancelPost,
    MovePost,
    cancel_scheduled_post,
    command_of,
    move_scheduled_post,
    read_scheduled_media,
    read_scheduled_post,
    read_scheduled_posts,
)
from microblog_web.compositions import values_of
from microblog_web.drafts import SaveDraft, save_draft
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.pictures import pictures_of
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View
from microblog_web.zones import WHICH, Zone, zone_of

FIELDS = ("scheduled_at", WHICH)


@get("/scheduled")
async def scheduled(request: Request[Any, Any, Any]) -> Sendable:
    """What waits, newest first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _listed(view, listing_page(scope_of(request)))


@post("/scheduled/{scheduled_id:str}/move")
async def move(request: Request[Any, Any, Any], scheduled_id: FromPath[str]) -> Sendable:
    """Publish it at another time."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    number = post_id_from(scheduled_id)
    try:
        at = zone_of(view).moment(values.get("scheduled_at", ""), values.get(WHICH, ""))
        if at is None:
            raise Invalid(fields={"scheduled_at": "Choose a time."})
        await move_scheduled_post(view.ports, view.actor, MovePost(scheduled_id=number, scheduled_at=at))
    except Invalid as error:
        await read_scheduled_post(view.ports, view.actor, number)
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        # The page that begins with this post: it stands first there, with what is to mend.
        return await _listed(view, ListingPage(max_id=number + 1), (number, form), error.status)
    flash(
        request,
        view.translate("Your post waits until %(moment)s.", moment=zone_of(view).words(at, view.locale)),
    )
    return see_other("/scheduled")


@post("/scheduled/{scheduled_id:str}/change")
async def change(request: Request[Any, Any, Any], scheduled_id: FromPath[str]) -> Sendable:
    """Go on writing it: it waits no longer, and is a draft before that."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    waiting = await read_scheduled_post(view.ports, view.actor, post_id_from(scheduled_id))
    command = command_of(waiting)
    values = {**values_of(command), **_time_fields(zone_of(view), waiting.scheduled_at)}
    try:
        draft = await save_draft(
            view.ports, view.actor, SaveDraft(values=values, media_ids=command.media_ids)
        )
    except (Invalid, RateLimited) as error:
        flash(request, view.explain(error), "error")
        return see_other("/scheduled")
    await cancel_scheduled_post(view.ports, view.actor, CancelPost(scheduled_id=waiting.id))
    flash(request, view.translate("The post waits no longer. What it says is a draft."))
    return see_other(f"/compose?draft={draft.id}")


@post("/scheduled/{scheduled_id:str}/cancel")
async def cancel(request: Request[Any, Any, Any], scheduled_id: FromPath[str]) -> Sendable:
    """Never publish it."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await cancel_scheduled_post(view.ports, view.actor, CancelPost(scheduled_id=post_id_from(scheduled_id)))
    flash(request, view.translate("The post will not be published."))
    return see_other("/scheduled")


def _time_fields(zone: Zone, at: int) -> dict[str, str]:
    return {"scheduled_at": zone.field(at), WHICH: zone.which(at)}


async def _listed(
    view: View, page: ListingPage, rejected: tuple[int, Form] | None = None, status: int = 200
) -> Answer:
    listing = await read_scheduled_posts(view.ports, view.actor, page)
    media = await read_scheduled_media(view.ports, listing.items)
    shown, zone = [], zone_of(view)
    for each in listing.items:
        form = Form(_time_fields(zone, each.scheduled_at))
        if rejected is not None and rejected[0] == each.id:
            form = rejected[1]
        pictures = pictures_of(view, media.get(each.id, ()))
        shown.append((each, command_of(each), pictures or Markup(""), form))
    main = view.web.render(
        "web/scheduled.html",
        view.locale,
        shown=shown,
        zone=zone,
        csrf=view.csrf,
        **neighbours("/scheduled", listing),
    )
    title = view.translate("Scheduled posts")
    return await answer_page(view, Page(title=title, main=main, active="compose"), status)


HANDLERS = (scheduled, move, change, cancel)
