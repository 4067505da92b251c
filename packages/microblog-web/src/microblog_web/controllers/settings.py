"""Settings: profile, password and address, sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, get, post
from markupsafe import Markup

from microblog_core.domain.accounts import FIELDS_MAX, Account
from microblog_core.domain.browsers import browser_name
from microblog_core.domain.errors import Conflict, DomainError, Invalid, RateLimited, TooLarge
from microblog_core.domain.media import focus_from
from microblog_core.services.pictures import (
    ChangePicture,
    remove_avatar,
    remove_header,
    set_avatar,
    set_header,
)
from microblog_core.services.profiles import (
    ChangeEmail,
    ChangePassword,
    EditProfile,
    change_email,
    change_password,
    read_login,
    update_profile,
)
from microblog_core.services.sessions import RevokeSession, list_sessions, revoke_session
from microblog_web.composer import accepted
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.pictures import FOCUS_CENTRE, FOCUS_CHOICES
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    scope_of,
    sent_form,
    sent_form_with_files,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PROFILE_FIELDS = (
    "display_name",
    "bio",
    "bot",
    "locked",
    "discoverable",
    "indexable",
    "fields",
    "avatar",
    "header",
    "focus_avatar",
    "focus_header",
    *(f"{part}_{number}" for number in range(FIELDS_MAX) for part in ("name", "value")),
)
_PLACES = {"avatar": (set_avatar, remove_avatar), "header": (set_header, remove_header)}
PASSWORD_FIELDS = ("current", "password")
EMAIL_FIELDS = ("email", "current_for_email")


@get("/settings/profile")
async def profile(request: Request[Any, Any, Any]) -> Sendable:
    """What others see."""
    view = await view_of(scope_of(request))
    return await _profile(view, Form(_profile_values(needs_login(view))))


@post("/settings/profile")
async def save_profile(request: Request[Any, Any, Any]) -> Sendable:
    """Change what others see."""
    values, files = await sent_form_with_files(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    pairs = tuple(
        (values.get(f"name_{number}", ""), values.get(f"value_{number}", "")) for number in range(FIELDS_MAX)
    )
    command = EditProfile(
        display_name=values.get("display_name", ""),
        bio=values.get("bio", ""),
        fields=pairs,
        bot=bool(values.get("bot")),
        locked=bool(values.get("locked")),
        discoverable=bool(values.get("discoverable")),
        indexable=bool(values.get("indexable")),
    )
    try:
        await _change_pictures(view, values, files)
        await update_profile(view.ports, view.actor, command)
    except (Invalid, Conflict, RateLimited, TooLarge) as error:
        form = Form.rejected(typed(values, PROFILE_FIELDS), error, PROFILE_FIELDS)
        return await _profile(view, form, error.status)
    flash(request, view.translate("Your profile is saved."))
    return see_other("/settings/profile")


@get("/settings/account")
async def account(request: Request[Any, Any, Any]) -> Sendable:
    """Password, address, leaving."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _account(view)


@post("/settings/account/password")
async def save_password(request: Request[Any, Any, Any]) -> Sendable:
    """A new password; other sessions end."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ChangePassword(
        current=values.get("current", ""), new=values.get("password", ""), keep_token_hash=view.token_hash
    )
    try:
        await change_password(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        return await _account(view, password=Form.rejected({}, error, PASSWORD_FIELDS), status=error.status)
    flash(request, view.translate("Your password is changed. You are logged out everywhere else."))
    return see_other("/settings/account")


@post("/settings/account/email")
async def save_email(request: Request[Any, Any, Any]) -> Sendable:
    """A new address; other sessions end."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ChangeEmail(
        password=values.get("current_for_email", ""),
        email=values.get("email", ""),
        keep_token_hash=view.token_hash,
    )
    try:
        await change_email(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected(typed(values, ("email",)), _moved_field(error), EMAIL_FIELDS)
        return await _account(view, email=form, status=error.status)
    said = view.translate("Your address is changed. You are logged out everywhere else.")
    if view.ports.mails:
        said += " " + view.translate("Confirm it by the link in the mail that is on its way to you.")
    flash(request, said)
    return see_other("/settings/account")


@get("/settings/sessions")
async def sessions(request: Request[Any, Any, Any]) -> Sendable:
    """Where the reader is logged in."""
    view = await view_of(scope_of(request))
    needs_login(view)
    main = view.web.render(
        "web/settings/sessions.html",
        view.locale,
        sessions=await list_sessions(view.ports, view.actor),
        current=view.token_hash,
        browser=browser_name,
        csrf=view.csrf,
        now=view.now,
    )
    return await answer_settings(view, "sessions", main)


@post("/settings/sessions/end")
async def end_session(request: Request[Any, Any, Any]) -> Sendable:
    """End one session."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await revoke_session(view.ports, view.actor, RevokeSession(token_hash=values.get("session", "")))
    flash(request, view.translate("That session is ended."))
    return see_other("/settings/sessions")


async def _change_pictures(view: View, values: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    """Change or remove avatar and header. Raises `Invalid` with the field of the form."""
    for place, (change, remove) in _PLACES.items():
        account = None
        chosen = values.get(f"focus_{place}") or FOCUS_CENTRE
        try:
            if place in files:
                command = ChangePicture(data=files[place], focus=focus_from(chosen))
                account = await change(view.ports, view.actor, command)
            elif values.get(f"remove_{place}"):
                account = await remove(view.ports, view.actor)
            elif chosen != FOCUS_CENTRE:
                told = view.translate("Choose the file, too: only what is shown of a picture is kept.")
                raise Invalid(told)
        except Invalid as error:
            raise Invalid(fields={place: error.message}, hint=error.hint) from error
        if account is not None:
            view.actor = msgspec.structs.replace(view.actor, account=account)


def _profile_values(me: Account) -> dict[str, str]:
    values = {"display_name": me.display_name, "bio": me.bio, "bot": "1" if me.bot else ""}
    values |= {name: "1" if getattr(me, name) else "" for name in ("locked", "discoverable", "indexable")}
    for number, field in enumerate(me.fields[:FIELDS_MAX]):
        values |= {f"name_{number}": field.name, f"value_{number}": field.value}
    return values


def _moved_field(error: DomainError) -> DomainError:
    """The page has two forms that ask for the current password; the fields need names of their own."""
    if not isinstance(error, Invalid):
        return error
    names = {"current": "current_for_email"}
    return Invalid(fields={names.get(name, name): text for name, text in error.fields.items()})


async def _profile(view: View, form: Form, status: int = 200) -> Answer:
    main = view.web.render(
        "web/settings/profile.html",
        view.locale,
        form=form,
        csrf=view.csrf,
        numbers=range(FIELDS_MAX),
        me=view.me,
        accept=accepted(view),
        focuses=FOCUS_CHOICES,
        centre=FOCUS_CENTRE,
    )
    return await answer_settings(view, "profile", main, status)


async def _account(
    view: View,
    *,
    password: Form | None = None,
    email: Form | None = None,
    status: int = 200,
) -> Answer:
    stored = await read_login(view.ports, view.actor)
    main = view.web.render(
        "web/settings/account.html",
        view.locale,
        password=password or Form(fields=PASSWORD_FIELDS),
        email=email or Form({"email": stored.email}, fields=EMAIL_FIELDS),
        proof=view.proof,
        csrf=view.csrf,
        me=view.me,
    )
    return await answer_settings(view, "account", main, status)


async def answer_settings(view: View, tab: str, content: Markup, status: int = 200) -> Answer:
    """A page of the settings, below its tabs."""
    allowed = view.web.nav.allowed(view.ports.authoriser, view.actor)
    tabs = view.web.nav.view(logged_in=True, allowed=allowed).settings
    main = view.web.render(
        "web/settings/frame.html",
        view.locale,
        tab=f"settings-{tab}",
        tabs=tabs,
        content=content,
        slot=await view.web.slot(view, "settings"),
    )
    return await answer_page(
        view, Page(title=view.translate("Settings"), main=main, active="settings"), status
    )


HANDLERS = (
    profile,
    save_profile,
    account,
    save_password,
    save_email,
    sessions,
    end_session,
)
