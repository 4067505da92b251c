"""`/payments/sandbox/<id>`: the page on which payers decide at the sandbox gateway, as they would at a
provider's.

It is beside whatever surfaces there are, so that a site without a website has it, too, and drawn by the
site's page renderer. Like a provider's page it asks for no log-in: whoever has the address may decide, and no
money is at stake. What was decided rings the site's webhook, as a provider does, so that somebody who never
comes back is credited as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from microblog_core.contributions import Surface
from microblog_core.defaults.sandbox import Checkout, Decision, sandbox_path
from microblog_core.defaults.sandbox_page import Decide, decide_in_sandbox, read_checkout
from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import Interval
from microblog_core.http.errors import BadRequest, MethodNotAllowed
from microblog_core.http.forms import draw_error, read_fields, send_page
from microblog_core.http.scope import Receive, Scope, Send, site_of
from microblog_core.ports.auth import Button, FormPage, Line

if TYPE_CHECKING:
    from microblog_core.site import Site

BODY_LIMIT = 16 << 10
MOUNT = sandbox_path("").rstrip("/")
FIELD = "decision"
STAY = "stay"
"""Pay, and never go back to the site."""
NOT_REAL = "This is not real money: the sandbox takes none. Choose what is to happen."
_EVERY: Mapping[Interval | None, str] = {
    None: "once",
    Interval.MONTH: "every month, until it is ended",
    Interval.YEAR: "every year, until it is ended",
}
_DECISIONS = {"": Decision.PAY, "pay": Decision.PAY, STAY: Decision.PAY, "decline": Decision.DECLINE}


async def serve_sandbox_page(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound` (also where the site does not use the sandbox),
    `MethodNotAllowed`, `BadRequest`, `Unavailable`, which core answers.
    """
    if scope["type"] != "http":
        raise NotFound("There is no page at this address.", hint="Check the address.")
    site = site_of(scope)
    gateway_id = scope["path"].removeprefix(sandbox_path(""))
    checkout = await read_checkout(site.ports, gateway_id)
    if scope["method"] not in ("GET", "HEAD", "POST"):
        raise MethodNotAllowed("This page takes forms.", allow=("GET", "HEAD", "POST"))
    if scope["method"] != "POST":
        drawn = site.page_renderer.form(_ask(checkout)) if checkout.open else _over(site, checkout)
        await send_page(scope, send, drawn)
        return
    chosen = (await read_fields(receive)).get(FIELD, "")
    if chosen not in _DECISIONS:
        raise BadRequest("Nothing was chosen.", hint="Go back and use one of the buttons.")
    command = Decide(gateway_id=gateway_id, decision=_DECISIONS[chosen])
    await decide_in_sandbox(site.ports, command)
    if chosen == STAY:
        await send_page(scope, send, _over(site, checkout))
        return
    # Also who declines: the page that they come back to asks how it stands.
    await _go_back(send, _on_site(checkout.begun.return_url))


def _ask(checkout: Checkout) -> FormPage:
    begun = checkout.begun
    return FormPage(
        title="Pay at the sandbox",
        action=sandbox_path(checkout.gateway_id),
        fields=(),
        submit="Pay",
        intro=NOT_REAL,
        lines=(Line(text=f"{begun.money}, {_EVERY[begun.interval]}", note=begun.description),),
        others=(
            Button(name=FIELD, value=STAY, label="Pay, and don't go back"),
            Button(name=FIELD, value="decline", label="Decline"),
        ),
        links=(("Leave it open and go back", _on_site(begun.cancel_url or begun.return_url)),),
    )


def _over(site: Site, checkout: Checkout) -> bytes:
    return site.page_renderer.message(
        "Nothing is left to decide",
        "This was decided at the sandbox. No real money was taken.",
        (("Go back", _on_site(checkout.begun.return_url)),),
    )


def _on_site(url: str) -> str:
    """An address of the site without its name: browsers send a form's answer on to the very same origin
    alone, and a site may be reached by several names, or by another one than when the payment was begun.
    """
    return urlunsplit(urlsplit(url)._replace(scheme="", netloc="")) or "/"


async def _go_back(send: Send, address: str) -> None:
    headers = [
        (b"location", address.encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


SANDBOX_PAGE = Surface(
    name="sandbox-page",
    mounts=(MOUNT,),
    make_app=lambda faces: serve_sandbox_page,
    render_error=draw_error,
    body_limit=BODY_LIMIT,
)
"""The surface that every application has."""
