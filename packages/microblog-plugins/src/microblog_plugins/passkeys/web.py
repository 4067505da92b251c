"""The pages in the settings where people add, name and remove their passkeys, and have one asked for as a
second step. Everything but adding one works without a script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.http.scope import site_of
from microblog_core.http.signing import seal, unseal
from microblog_core.i18n import mark
from microblog_core.plugins.marks import implements
from microblog_core.services.profiles import prove
from microblog_plugins.passkeys.challenges import LIFE_MILLISECONDS, Challenge, new_challenge
from microblog_plugins.passkeys.keys import (
    NAME_LENGTH,
    AddPasskey,
    PasskeyEntry,
    RenamePasskey,
    add_passkey,
    checked_name,
    handle_for,
    is_second_step,
    passkeys_of,
    remove_own_passkey,
    rename_passkey,
    switch_second_step,
)
from microblog_plugins.passkeys.plugin import PLUGIN, party, settings_of
from microblog_plugins.passkeys.settings import Party
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

PATH = "/x/passkeys"
ADDING = "passkeys adding"


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """A passkey that is to be made; it goes through the page, signed, so that nothing is stored."""

    name: str
    challenge: Challenge
    handle: bytes


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """The pages."""
    return (TemplateFolder(path=Path(__file__).parent / "templates"),)


@implements(hookspecs.register_routes)
def register_routes() -> Iterable[object]:
    """The pages and their forms."""
    return (overview, begin, confirm, one, rename, remove, switch)


@implements(hookspecs.register_nav_items)
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """A tab of the settings, where the site has a domain that passkeys can be for."""
    if party(site) is None:
        return ()
    return (
        NavItem(key="settings-passkeys", label=mark("Passkeys"), href=PATH, place="settings", show="member"),
    )


@get("/")
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's passkeys."""
    view, _ = await _asked(request)
    return await _page(view, request)


@post("/add")
async def begin(request: Request[Any, Any, Any]) -> Sendable:
    """Check name and password, and have the browser make a passkey."""
    values = await sent_form(request)
    view, site_party = await _asked(request)
    try:
        name = checked_name(values.get("name", ""))
        await prove(view.ports, view.actor, values.get("password", ""), field="password")
        await _check_number(view, request)
    except (Invalid, RateLimited) as error:
        form = Form.rejected({"name": values.get("name", "")}, error, ("name", "password"))
        return await _page(view, request, adding=form, status=error.status)
    return await _make(view, request, site_party, name)


@post("/confirm")
async def confirm(request: Request[Any, Any, Any]) -> Sendable:
    """Take the passkey that the browser has made."""
    values = await sent_form(request)
    view, site_party = await _asked(request)
    secrets = site_of(scope_of(request)).secrets(ADDING)
    begun = unseal(secrets, values.get("begun", ""), _Begun, now=view.now, bound_to=view.token_hash)
    if begun is None:
        flash(request, view.translate("This took too long. Begin again."), "error")
        return see_other(PATH)
    from microblog_plugins.passkeys.ceremonies import check_created

    try:
        command = AddPasskey(
            name=begun.name,
            rp_id=site_party.rp_id,
            handle=begun.handle,
            challenge=begun.challenge,
            created=check_created(site_party, begun.challenge, values.get("answer", "")),
            most=settings_of(site_of(scope_of(request))).most,
        )
        await add_passkey(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        said = Form.rejected({}, error, ())
        message = " ".join(said.unplaced) or said.message
        return await _make(view, request, site_party, begun.name, message=message, status=error.status)
    flash(request, view.translate("You can log in with this passkey from now on."))
    return see_other(PATH)


@get("/key/{number:str}")
async def one(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """One passkey, to name or remove it."""
    view, _ = await _asked(request)
    return await _edit(view, await _own(view, number))


@post("/key/{number:str}/rename")
async def rename(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Another name for one passkey."""
    values = await sent_form(request)
    view, _ = await _asked(request)
    entry = await _own(view, number)
    try:
        command = RenamePasskey(passkey_id=entry.passkey.id, name=values.get("name", ""))
        await rename_passkey(view.ports, view.actor, command)
    except Invalid as error:
        form = Form.rejected({"name": values.get("name", "")}, error, ("name",))
        return await _edit(view, entry, naming=form, status=error.status)
    flash(request, view.translate("The passkey has another name now."))
    return see_other(PATH)


@post("/key/{number:str}/remove")
async def remove(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Take one passkey away."""
    values = await sent_form(request)
    view, _ = await _asked(request)
    entry = await _own(view, number)
    try:
        await remove_own_passkey(view.ports, view.actor, entry.passkey.id, values.get("password", ""))
    except (Invalid, RateLimited) as error:
        form = Form.rejected({}, error, ("password",))
        return await _edit(view, entry, removing=form, status=error.status)
    flash(
        request,
        view.translate("The passkey is removed. Your device may still offer it: remove it there, too."),
    )
    return see_other(PATH)


@post("/second")
async def switch(request: Request[Any, Any, Any]) -> Sendable:
    """Ask for a passkey as a second step from now on, or not any more."""
    values = await sent_form(request)
    view, _ = await _asked(request)
    wanted = values.get("second") == "on"
    try:
        await switch_second_step(view.ports, view.actor, values.get("password", ""), on=wanted)
    except (Invalid, RateLimited) as error:
        form = Form.rejected({}, error, ("password",))
        return await _page(view, request, switching=form, status=error.status)
    if wanted:
        flash(request, view.translate("From now on logging in asks for a passkey."))
    else:
        flash(request, view.translate("Logging in asks for no passkey any more."))
    return see_other(PATH)


async def _asked(request: Request[Any, Any, Any]) -> tuple[View, Party]:
    """The view of somebody who is logged in, and the site as authenticators see it. Raises `NotFound` where
    it has no domain.
    """
    view = await view_of(scope_of(request))
    needs_login(view)
    found = party(site_of(scope_of(request)))
    if found is None:
        raise NotFound(
            "This site's address is none that passkeys can be for.", hint="Ask the people who run it."
        )
    return view, found


async def _own(view: View, number: str) -> PasskeyEntry:
    """One of the reader's passkeys. Raises `NotFound`."""
    wanted = parse_id(number)
    for entry in await passkeys_of(view.ports, needs_login(view).id):
        if entry.passkey.id == wanted:
            return entry
    raise NotFound("There is no such passkey.")


async def _check_number(view: View, request: Request[Any, Any, Any]) -> None:
    """Before a device makes a passkey that there is no room for. Raises `Invalid`."""
    most = settings_of(site_of(scope_of(request))).most
    if len(await passkeys_of(view.ports, needs_login(view).id)) >= most:
        raise Invalid(fields={"name": f"You have {most} passkeys, which is all that you may have."})


def _known(view: View) -> Mapping[str, Any]:
    """What each page draws with."""
    return {"path": PATH, "csrf": view.csrf, "name_length": NAME_LENGTH, "proof": view.proof}


async def _page(
    view: View,
    request: Request[Any, Any, Any],
    *,
    adding: Form | None = None,
    switching: Form | None = None,
    status: int = 200,
) -> Answer:
    me, site = needs_login(view), site_of(scope_of(request))
    found = party(site)
    main = view.web.render(
        "passkeys/overview.html",
        view.locale,
        **_known(view),
        entries=await passkeys_of(view.ports, me.id),
        rp_id=found.rp_id if found is not None else "",
        second=await is_second_step(view.ports, me.id),
        most=settings_of(site).most,
        adding=adding or Form(fields=("name", "password")),
        switching=switching or Form(fields=("password",)),
    )
    return await answer_settings(view, "passkeys", main, status)


async def _make(
    view: View,
    request: Request[Any, Any, Any],
    site_party: Party,
    name: str,
    *,
    message: str = "",
    status: int = 200,
) -> Answer:
    """The page whose script has the browser make a passkey."""
    from microblog_plugins.passkeys.ceremonies import ask_to_create

    me, site = needs_login(view), site_of(scope_of(request))
    entries = await passkeys_of(view.ports, me.id)
    begun = _Begun(name, new_challenge(view.now), handle_for(entries))
    present = [each.passkey.credential for each in entries if each.passkey.rp_id == site_party.rp_id]
    user = (begun.handle, me.username, me.name)
    main = view.web.render(
        "passkeys/add.html",
        view.locale,
        **_known(view),
        name=name,
        message=message,
        challenge=ask_to_create(site_party, begun.challenge, user, present, view.web.title),
        begun=seal(
            site.secret(ADDING),
            begun,
            expires_at=view.now + LIFE_MILLISECONDS,
            bound_to=view.token_hash,
        ),
    )
    return await answer_settings(view, "passkeys", main, status)


async def _edit(
    view: View,
    entry: PasskeyEntry,
    *,
    naming: Form | None = None,
    removing: Form | None = None,
    status: int = 200,
) -> Answer:
    main = view.web.render(
        "passkeys/edit.html",
        view.locale,
        **_known(view),
        entry=entry,
        naming=naming or Form({"name": entry.name}, fields=("name",)),
        removing=removing or Form(fields=("password",)),
    )
    return await answer_settings(view, "passkeys", main, status)
