"""How the site looks: its own style sheet, icon and picture.

The page that changes them is drawn without the style sheet, and so are the log-in page and pages of errors:
whatever it says, it can be changed back.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited, TooLarge
from microblog_core.domain.ids import parse_id
from microblog_core.domain.site_texts import STYLE
from microblog_core.domain.styles import STYLE_BYTES
from microblog_core.http.scope import site_of
from microblog_core.services import site_texts as services
from microblog_web.admin_nav import admin_view, answer_tab
from microblog_web.composer import accepted
from microblog_web.forms import Form
from microblog_web.requests import Sendable, flash, scope_of, sent_form_with_files
from microblog_web.responses import Answer, see_other
from microblog_web.views import View
from microblog_web.website import STYLE_PATH

PATH = "/admin/appearance"
PERMISSION = "site.manage"
_CSS = (
    (b"content-type", b"text/css; charset=utf-8"),
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@get(f"{STYLE_PATH}/{{name:str}}")
async def style(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """The site's own style sheet; its address names the version, so it is kept for ever."""
    number = parse_id(name.removesuffix(".css"))
    if number is None or not name.endswith(".css"):
        raise NotFound("There is no such style sheet.")
    text = await services.read_style(site_of(scope_of(request)).ports, number)
    return Answer(text.encode(), 200, _CSS)


@get(PATH)
async def manage(request: Request[Any, Any, Any]) -> Sendable:
    """The style sheet and the pictures, in forms."""
    return await _manage(await admin_view(request, PERMISSION))


@post(PATH)
async def save(request: Request[Any, Any, Any]) -> Sendable:
    """Let every page look so."""
    values, _ = await sent_form_with_files(request)
    view = await admin_view(request, PERMISSION)
    command = services.SetStyle(text=values.get("style", ""), seen=parse_id(values.get("seen", "")) or 0)
    try:
        await services.set_style(view.ports, view.actor, command)
    except (Invalid, Conflict) as error:
        form = Form.rejected({"style": command.text}, error, ("style",))
        return await _manage(view, form, status=error.status)
    flash(request, view.translate("Every page looks so now, but for this one."))
    return see_other(PATH)


@post(f"{PATH}/{{place:str}}")
async def save_picture(request: Request[Any, Any, Any], place: FromPath[str]) -> Sendable:
    """Give the site an icon or a picture, or take it away."""
    values, files = await sent_form_with_files(request)
    view = await admin_view(request, PERMISSION)
    data = None if values.get("remove") else files.get("file", b"")
    try:
        command = services.SetSitePicture(place=place, data=data)
        await services.set_picture(view.ports, view.actor, command)
    except (Invalid, TooLarge, RateLimited, Conflict) as error:
        told = error.fields.get("file", error.message) if isinstance(error, Invalid) else error.message
        return await _manage(view, picture=Form(errors={place: told}, fields=(place,)), status=error.status)
    flash(request, view.translate("The picture is changed."))
    return see_other(PATH)


async def _manage(
    view: View, form: Form | None = None, *, picture: Form | None = None, status: int = 200
) -> Answer:
    face = await services.read_settings(view.ports, view.actor)
    stored = face.texts.get(STYLE)
    main = view.web.render(
        "web/admin/appearance.html",
        view.locale,
        form=form or Form({"style": stored.text if stored is not None else ""}, fields=("style",)),
        picture=picture or Form(fields=tuple(services.PICTURES)),
        seen=stored.id if stored is not None else "",
        kilobytes=STYLE_BYTES >> 10,
        safe_mode=view.ports.said.safe_mode,
        face=face,
        accept=accepted(view),
        csrf=view.csrf,
    )
    return await answer_tab(view, "appearance", main, status, active="appearance")


HANDLERS = (style, manage, save, save_picture)
