"""The page in the settings where people set codes up, make recovery codes anew, and switch codes off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import segno
from litestar import Request, get, post
from markupsafe import Markup

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.http.scope import site_of
from microblog_core.http.signing import seal, unseal
from microblog_core.i18n import mark
from microblog_core.plugins.marks import implements
from microblog_plugins.totp.codes import address_of, new_secret
from microblog_plugins.totp.enrolment import (
    Enrolled,
    Prove,
    SwitchOn,
    codes_left,
    enrolled,
    keys_of,
    renew_recovery_codes,
    switch_off,
    switch_on,
)
from microblog_plugins.totp.plugin import PLUGIN, settings_of
from microblog_web import hookspecs
from microblog_web.contributions import NavItem, TemplateFolder
from microblog_web.kit import (
    Answer,
    Form,
    Sendable,
    View,
    answer_settings,
    flash,
    needs_login,
    scope_of,
    see_other,
    sent_form,
    view_of,
)

if TYPE_CHECKING:
    from microblog_core.site import Site

__all__ = ["PLUGIN"]

PATH = "/x/totp"
FIELDS = ("password", "code")
SETTING_UP_MILLISECONDS = 30 * 60 * 1000
QR_SCALE = 5


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """A secret that is not set up yet; it goes through the page, signed, so that nothing is stored."""

    secret: str


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """The page."""
    return (TemplateFolder(path=Path(__file__).parent / "templates"),)


@implements(hookspecs.register_routes)
def register_routes() -> Iterable[object]:
    """The page and its forms."""
    return (show, begin, confirm, renew, end)


@implements(hookspecs.register_nav_items)
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """A tab of the settings."""
    return (
        NavItem(key="settings-totp", label=mark("Second step"), href=PATH, place="settings", show="member"),
    )


@get("/")
async def show(request: Request[Any, Any, Any]) -> Sendable:
    """Whether it is set up, and what can be done about it."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view)


@post("/setup")
async def begin(request: Request[Any, Any, Any]) -> Sendable:
    """Show a new secret, which is worth nothing before a code has shown that it is in an app."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    me = needs_login(view)
    if await enrolled(view.ports, me.id) is not None:
        return see_other(PATH)
    return await _set_up(view, request, new_secret())


@post("/confirm")
async def confirm(request: Request[Any, Any, Any]) -> Sendable:
    """Switch it on; the recovery codes are on the page that answers, and never again."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    site = site_of(scope_of(request))
    secrets = site.secrets("totp setting up")
    begun = unseal(secrets, values.get("begun", ""), _Begun, now=view.now, bound_to=view.token_hash)
    if begun is None:
        flash(request, view.translate("This took too long. Begin again."), "error")
        return see_other(PATH)
    command = SwitchOn(
        secret=begun.secret, password=values.get("password", ""), code=values.get("code", "")[:100]
    )
    try:
        codes = await switch_on(view.ports, view.actor, keys_of(site), command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected({}, error, FIELDS)
        return await _set_up(view, request, begun.secret, form=form, status=error.status)
    return await _page(view, codes=codes, done=mark("From now on logging in asks for a code."))


@post("/recovery-codes")
async def renew(request: Request[Any, Any, Any]) -> Sendable:
    """New recovery codes in place of the old ones."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = Prove(password=values.get("password", ""), code=values.get("code", "")[:100])
    try:
        codes = await renew_recovery_codes(
            view.ports, view.actor, keys_of(site_of(scope_of(request))), command
        )
    except (Invalid, RateLimited) as error:
        return await _page(view, form=Form.rejected({}, error, FIELDS), status=error.status)
    done = mark("The codes that you had before are worth nothing now.")
    return await _page(view, codes=codes, done=done)


@post("/off")
async def end(request: Request[Any, Any, Any]) -> Sendable:
    """Switch it off."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = Prove(password=values.get("password", ""), code=values.get("code", "")[:100])
    try:
        await switch_off(view.ports, view.actor, keys_of(site_of(scope_of(request))), command)
    except (Invalid, RateLimited) as error:
        return await _page(view, form=Form.rejected({}, error, FIELDS), status=error.status)
    flash(request, view.translate("Logging in asks for no code any more."))
    return see_other(PATH)


async def _page(
    view: View,
    *,
    form: Form | None = None,
    codes: Sequence[str] = (),
    done: str = "",
    status: int = 200,
) -> Answer:
    me = needs_login(view)
    known: Enrolled | None = await enrolled(view.ports, me.id)
    main = view.web.render(
        "totp/overview.html",
        view.locale,
        path=PATH,
        form=form or Form(fields=FIELDS),
        known=known,
        left=await codes_left(view.ports, me.id, known) if known is not None else 0,
        codes=codes,
        done=done,
        proof=view.proof,
        csrf=view.csrf,
    )
    return await answer_settings(view, "totp", main, status)


async def _set_up(
    view: View, request: Request[Any, Any, Any], secret: str, *, form: Form | None = None, status: int = 200
) -> Answer:
    site = site_of(scope_of(request))
    address = address_of(secret, needs_login(view).username, settings_of(site).issuer or view.web.title)
    drawn = segno.make(address, error="m").svg_inline(scale=QR_SCALE, light="#fff", border=4)
    main = view.web.render(
        "totp/set_up.html",
        view.locale,
        path=PATH,
        form=form or Form(fields=FIELDS),
        # The library draws squares alone: nothing that anybody wrote is in it.
        qr=Markup(drawn),  # noqa: S704
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        begun=seal(
            site.secret("totp setting up"),
            _Begun(secret),
            expires_at=view.now + SETTING_UP_MILLISECONDS,
            bound_to=view.token_hash,
        ),
        proof=view.proof,
        csrf=view.csrf,
    )
    return await answer_settings(view, "totp", main, status)
