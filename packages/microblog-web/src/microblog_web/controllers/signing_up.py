"""Signing up: the form, by an invitation or without, and what is not a person's is sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited
from microblog_core.domain.signing_up import Invited, Registrations
from microblog_core.http import csrf, sessions
from microblog_core.http.scope import Scope, header, site_of
from microblog_core.http.sessions import identify
from microblog_core.http.signing import seal, unseal
from microblog_core.i18n import preferred
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.services.invitations import usable_invitation
from microblog_web.forms import Form, read_form
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import Sendable, answer_page, flash, scope_of, typed, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("username", "email", "password", "reason")
TRAP = "website"
"""A field that people don't see: who fills it in is a program."""
OPENED = "opened"
OPEN_MILLISECONDS = 24 * 3600 * 1000
_UNSENT = mark("This could not be sent. Please wait a moment, then send it again.")


class _Opened(msgspec.Struct, frozen=True):
    """When the form was given out (Unix milliseconds)."""

    at: int


@get("/signup")
async def signup(request: Request[Any, Any, Any]) -> Sendable:
    """The form for a new account."""
    view = await view_of(scope_of(request))
    if view.me is not None:
        return see_other("/")
    return await _form(request, view, Form())


@get("/signup/waiting")
async def waiting(request: Request[Any, Any, Any]) -> Sendable:
    """What happens next, for somebody who waits for approval."""
    view = await view_of(scope_of(request))
    main = view.web.render("web/waiting.html", view.locale, mails=view.ports.mails)
    return await answer_page(view, Page(title=view.translate("Thank you"), main=main, newcomers=False))


@get("/invite/{code:str}")
async def invite(request: Request[Any, Any, Any], code: FromPath[str]) -> Sendable:
    """The same form, for somebody who was invited."""
    view = await view_of(scope_of(request))
    invited = await usable_invitation(view.ports, code)
    if view.me is not None:
        return see_other(f"/@{invited.inviter.acct}")
    return await _form(request, view, Form(), invited=invited)


@post("/signup")
async def register(request: Request[Any, Any, Any]) -> Sendable:
    """Make the account and log in at once, unless somebody has to approve it first."""
    scope = scope_of(request)
    values = await read_form(request)
    try:
        await csrf.check(scope, values.get(csrf.FIELD, ""))
        _check_person(scope, values)
        account = await sign_up(
            site_of(scope).ports,
            (await identify(scope)).actor,
            SignUp(
                username=values.get("username", ""),
                email=values.get("email", ""),
                password=values.get("password", ""),
                locale=preferred(header(scope, b"accept-language")),
                reason=values.get("reason", ""),
                invitation=values.get("invitation", ""),
            ),
        )
    except (csrf.Forged, Invalid, RateLimited, Forbidden, NotFound) as error:
        view = await view_of(scope)
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        invited = None
        if values.get("invitation") and not isinstance(error, NotFound):
            invited = await usable_invitation(view.ports, values["invitation"])
        return await _form(request, view, form, error.status, invited=invited, opened=values.get(OPENED, ""))
    if account.state is AccountState.PENDING:
        return see_other("/signup/waiting")
    await sessions.log_in(scope, account)
    view = await view_of(scope)
    said = view.translate("Welcome! Say hello with your first post.")
    if view.ports.mails:
        said += " " + view.translate("A mail is on its way to you: confirm your address by the link in it.")
    flash(request, said)
    return see_other("/")


def _check_person(scope: Scope, values: Mapping[str, str]) -> None:
    """Raises `Invalid`, which doesn't say what gave the program away."""
    site = site_of(scope)
    least, now = site.ports.limits.signup_milliseconds, site.ports.clock.now()
    opened = _read_opened(scope, values.get(OPENED, ""))
    if values.get(TRAP) or (least and (opened is None or now - opened.at < least)):
        raise Invalid(_UNSENT)


def _read_opened(scope: Scope, text: str) -> _Opened | None:
    site = site_of(scope)
    return unseal(site.secrets("web signup"), text, _Opened, now=site.ports.clock.now()) if text else None


async def _form(
    request: Request[Any, Any, Any],
    view: View,
    form: Form,
    status: int = 200,
    *,
    invited: Invited | None = None,
    opened: str = "",
) -> Answer:
    scope, limits = scope_of(request), view.ports.limits
    is_open = invited is not None or limits.registrations_open
    if _read_opened(scope, opened) is None:
        secret = site_of(scope).secret("web signup")
        opened = seal(secret, _Opened(view.now), expires_at=view.now + OPEN_MILLISECONDS)
    main = view.web.render(
        "web/signup.html",
        view.locale,
        form=form,
        is_open=is_open,
        by_invitation=limits.registrations is Registrations.INVITATION,
        asks_reason=limits.approves and invited is None,
        invited=invited,
        opened=opened,
        csrf=(await identify(scope)).csrf if is_open else "",
    )
    return await answer_page(view, Page(title=view.translate("Sign up"), main=main, newcomers=False), status)


HANDLERS = (signup, waiting, invite, register)
