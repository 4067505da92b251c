"""How the authorization server answers: pages for people, JSON for applications, and the way back to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from litestar import Request, Response

from microblog_api.oauth.protocol import OAuthError
from microblog_api.responses import json_response
from microblog_core.domain.applications import OUT_OF_BAND
from microblog_core.domain.errors import DomainError
from microblog_core.http.scope import Scope, base_url_of, site_of
from microblog_core.http.security import policy_of
from microblog_core.http.sessions import SessionIdentity, Visitor, identify
from microblog_core.ports.auth import Field, FormPage

Asked = Request[Any, Any, Any]
Answer = Response[bytes]

_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


def scope_of(request: Asked) -> Scope:
    """The ASGI scope, as core's pieces want it."""
    return cast("Scope", request.scope)


async def person_of(scope: Scope) -> Visitor | None:
    """Who is logged in in this browser; None for anybody else, whatever else they can show.

    A token must never be able to allow itself more.
    """
    visitor = await identify(scope)
    return visitor if isinstance(visitor.identity, SessionIdentity) else None


def page(body: bytes, status: int = 200) -> Answer:
    """An HTML page that nobody may frame or keep. Litestar names the charset."""
    headers = {"x-frame-options": "DENY", "cache-control": "no-store"}
    return Response(body, status_code=status, media_type="text/html", headers=headers)


def page_that_leads_away(scope: Scope, body: bytes) -> Answer:
    """The same, with a form that leads to an application: browsers apply `form-action` to redirects too, and
    no policy can name every application's scheme. All else is as on every page of the site.
    """
    parts = policy_of(site_of(scope)).split("; ")
    answer = page(body)
    answer.headers["content-security-policy"] = "; ".join(
        part for part in parts if not part.startswith("form-action")
    )
    return answer


def see_other(address: str) -> Answer:
    """Send the browser elsewhere with GET (RFC 9700 section 4.12: never with 307)."""
    return Response(b"", status_code=303, headers={"location": address, "cache-control": "no-store"})


async def answered(request: Asked, work: Callable[[Asked], Awaitable[Answer]]) -> Answer:
    """What a page's work answers; errors become pages too."""
    try:
        return await work(request)
    except DomainError as error:
        text = f"{error.message} {error.hint}".strip()
        renderer = site_of(scope_of(request)).page_renderer
        return page(renderer.message("This did not work", text), error.status)


def back_to_application(scope: Scope, redirect_uri: str, **values: str) -> Answer:
    """Send the browser back with these values, empty ones left out, and who says so (RFC 9207).

    An out-of-band address is a page instead. `redirect_uri` must be one that the application registered.
    """
    if redirect_uri == OUT_OF_BAND:
        return _shown(scope, values)
    told = {name: value for name, value in values.items() if value} | {"iss": base_url_of(scope)}
    # Not taken apart and put together again: `app://` would lose its slashes.
    return see_other(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(told)}")


def _shown(scope: Scope, values: Mapping[str, str]) -> Answer:
    renderer = site_of(scope).page_renderer
    code = values.get("code")
    if not code:
        text = values.get("error_description") or values.get("error", "")
        return page(renderer.message("Nothing was allowed", text))
    shown = FormPage(
        title="Your code",
        action="",
        intro="Copy this code and paste it into the application. It is good for ten minutes, once.",
        fields=(Field(name="code", label="Code", value=code, readonly=True, autocomplete="off"),),
        submit="",
    )
    return page(renderer.form(shown))


def no_way_back(scope: Scope, error: OAuthError) -> Answer:
    """A page about an error that must not be sent to an address that nobody vouches for."""
    text = f"The application asked in a way that can't be answered. {error.description} ({error.error})"
    return page(site_of(scope).page_renderer.message("This application can't be let in", text), 400)


def told(values: Mapping[str, object]) -> Answer:
    """An answer to an application that nobody may keep (RFC 6749 section 5.1)."""
    answer = json_response(values)
    answer.headers.update(_NO_STORE)
    return answer


def refused(error: OAuthError, *, basic: bool) -> Answer:
    """An error for an application (RFC 6749 section 5.2)."""
    body = {"error": error.error, "error_description": error.description}
    answer = json_response(body, status=error.status)
    answer.headers.update(_NO_STORE)
    if error.status == 401 and basic:
        answer.headers["www-authenticate"] = 'Basic realm="Microblog"'
    return answer
