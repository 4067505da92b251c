"""The pages that mails about accounts lead to: confirm an address, ask for a new password, choose it.

They are beside whatever surfaces there are, so that a site without a website has them, too, and drawn by the
site's page renderer. No token against forged forms: what a signed link allows only its holder can send, and
asking for a mail is what anybody may do. A GET changes nothing: programs that look at mails follow links.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from microblog_core.contributions import Surface
from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.permissions import Actor
from microblog_core.http.decision_pages import answer_decision
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.forms import draw_error, read_fields, send_page
from microblog_core.http.scope import Receive, Scope, Send, query_of, site_of
from microblog_core.ports.auth import Field, FormPage
from microblog_core.runtime.links import CONFIRM_PATH, DECISION_PATH, FORGOTTEN_PATH, RESET_PATH, Links
from microblog_core.services.mails import (
    ForgotPassword,
    ResetPassword,
    ask_for_new_password,
    confirm_address,
    read_reset,
    reset_password,
)

BODY_LIMIT = 16 << 10
NO_MAIL = (
    "This site sends no mail, so it can't send you a link. Ask the people who run it for a new password."
)
OPERATORS = "Operators: set plugins.email.host (see the README of microblog_plugins.email), or use"
OPERATORS_COMMAND = "`microblog users set-password`."
SENT = (
    "If there is an account with this name or address, a mail with a link is on its way to it. The link works"
    " for an hour. Look into the folder for unwanted mail, too."
)
_STALE = "This link was used already, is too old, or is not whole."

_Answer = tuple[bytes, int]


async def serve_account_pages(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound` (also for links that are not ours or too old),
    `MethodNotAllowed`, `BadRequest`, `Unavailable`, which core answers.
    """
    answer = _PAGES.get(scope["path"]) if scope["type"] == "http" else None
    if answer is None:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    if scope["method"] not in ("GET", "HEAD", "POST"):
        raise MethodNotAllowed("This page takes forms.", hint="Use its button.")
    fields = await read_fields(receive) if scope["method"] == "POST" else None
    body, status = await answer(scope, fields)
    await send_page(scope, send, body, status)


async def _confirm(scope: Scope, fields: Mapping[str, str] | None) -> _Answer:
    site, token = site_of(scope), query_of(scope).get("token", "")
    what = Links(site).read_confirm(token)
    if what is None:
        raise NotFound(_STALE, hint="Log in and ask for a new one in your settings.")
    if fields is None:
        page = FormPage(
            title="Confirm your address",
            action=f"{CONFIRM_PATH}?{urlencode({'token': token})}",
            fields=(),
            submit="It is mine",
            intro=f"Is {what.email} your address?",
        )
        return site.page_renderer.form(page), 200
    await confirm_address(site.ports, _actor(scope), what)
    text = f"{what.email} is confirmed. You are told there of what happens to you."
    return site.page_renderer.message("Thank you", text, (("Go on", "/"),)), 200


async def _forgotten(scope: Scope, fields: Mapping[str, str] | None) -> _Answer:
    site = site_of(scope)
    if not site.ports.mails:
        text = f"{NO_MAIL} {OPERATORS} {OPERATORS_COMMAND}"
        return site.page_renderer.message("A new password", text, (("Log in", "/login"),)), 200
    if fields is None:
        return site.page_renderer.form(_ask()), 200
    try:
        command = ForgotPassword(name=fields.get("name", "")[:300])
        await ask_for_new_password(site.ports, _actor(scope), command)
    except RateLimited as error:
        return site.page_renderer.form(_ask(f"{error.message} {error.hint}".strip())), error.status
    return site.page_renderer.message("Look into your mails", SENT, (("Log in", "/login"),)), 200


async def _reset(scope: Scope, fields: Mapping[str, str] | None) -> _Answer:
    site, token = site_of(scope), query_of(scope).get("token", "")
    proof = Links(site).read_reset(token)
    if proof is None:
        raise NotFound(_STALE, hint="Ask for a new one.")
    account = await read_reset(site.ports, proof)
    status, error, problem = 200, "", ""
    if fields is not None:
        try:
            command = ResetPassword(proof=proof, password=fields.get("password", ""))
            await reset_password(site.ports, _actor(scope), command)
        except Invalid as invalid:
            status, problem = invalid.status, invalid.fields.get("password", invalid.message)
        except RateLimited as limited:
            status, error = limited.status, f"{limited.message} {limited.hint}".strip()
        else:
            text = "Your new password is set. You are logged out everywhere."
            return site.page_renderer.message("Done", text, (("Log in", "/login"),)), 200
    name = Field(
        name="username",
        label="Account",
        value=account.username,
        readonly=True,
        autocomplete="username",
    )
    password = Field(
        name="password",
        label="New password",
        kind="password",
        autocomplete="new-password",
        hint="At least 8 characters.",
        error=problem,
    )
    page = FormPage(
        title="Choose a new password",
        action=f"{RESET_PATH}?{urlencode({'token': token})}",
        fields=(name, password),
        submit="Set the password",
        intro="It logs you out everywhere.",
        error=error,
    )
    return site.page_renderer.form(page), status


def _ask(error: str = "") -> FormPage:
    return FormPage(
        title="Forgot your password?",
        action=FORGOTTEN_PATH,
        fields=(Field(name="name", label="Username or e-mail address", autocomplete="username"),),
        submit="Send me a link",
        intro="You get a mail with a link that lets you choose a new one.",
        error=error,
        links=(("Log in", "/login"),),
    )


def _actor(scope: Scope) -> Actor:
    """Whoever has the link; a log-in in this browser, if there is one, is somebody else's matter."""
    return Actor(address=scope["state"]["client"])


_PAGES: Mapping[str, Callable[[Scope, Mapping[str, str] | None], Awaitable[_Answer]]] = {
    CONFIRM_PATH: _confirm,
    FORGOTTEN_PATH: _forgotten,
    RESET_PATH: _reset,
    DECISION_PATH: answer_decision,
}

ACCOUNT_PAGES = Surface(
    name="account-pages",
    mounts=tuple(_PAGES),
    make_app=lambda faces: serve_account_pages,
    render_error=draw_error,
    body_limit=BODY_LIMIT,
)
"""The surface that every application has."""
