"""Settings: how pages look, in which language and time zone, and what new posts begin with."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from microblog_core.domain.appearance import timezones
from microblog_core.domain.errors import Invalid
from microblog_core.services.profiles import SetPreferences, read_login, set_preferences
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import languages
from microblog_web.requests import Sendable, flash, needs_login, scope_of, sent_form, typed, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/preferences"
LOOKS = ("timezone", "theme", "density", "motion")
FIELDS = ("locale", *LOOKS, "default_visibility", "default_language", "default_sensitive")


@get(PATH)
async def preferences(request: Request[Any, Any, Any]) -> Sendable:
    """What the reader chose."""
    view = await view_of(scope_of(request))
    needs_login(view)
    stored = await read_login(view.ports, view.actor)
    values = {name: str(getattr(stored, name)) for name in FIELDS}
    values["default_sensitive"] = "1" if stored.default_sensitive else ""
    return await _page(view, Form(values))


@post(PATH)
async def save(request: Request[Any, Any, Any]) -> Sendable:
    """Change it, all or nothing."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    given = typed(values, FIELDS)
    try:
        if given["locale"] and given["locale"] not in dict(languages()):
            raise Invalid(fields={"locale": "Choose one from the list."})
        command = SetPreferences(
            **{name: given[name] for name in FIELDS if name != "default_sensitive"},
            default_sensitive=bool(given["default_sensitive"]),
        )
        await set_preferences(view.ports, view.actor, command)
    except Invalid as error:
        fields = {
            {"visibility": "default_visibility"}.get(name, name): said for name, said in error.fields.items()
        }
        return await _page(view, Form.rejected(given, Invalid(fields=fields), FIELDS), error.status)
    flash(request, view.translate("Your preferences are saved."))
    return see_other(PATH)


async def _page(view: View, form: Form, status: int = 200) -> Answer:
    main = view.web.render(
        "web/settings/preferences.html",
        view.locale,
        form=form,
        languages=languages(),
        zones=sorted(timezones()),
        csrf=view.csrf,
    )
    return await answer_settings(view, "preferences", main, status)


HANDLERS = (preferences, save)
