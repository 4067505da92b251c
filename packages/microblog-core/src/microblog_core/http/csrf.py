"""Protection against forged forms: the browser's word on where a form comes from, and a token bound to the
session.

The checks, in order: `Sec-Fetch-Site` must not name another site, `Origin` must be ours, and the form's
token must be the HMAC of the session (or, for anonymous forms, of the anonymous cookie). They are for
requests that a cookie speaks for; a request with a bearer token can't be forged by a page elsewhere.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from microblog_core.domain.errors import Forbidden
from microblog_core.http.scope import Scope, base_url_of, header, site_of
from microblog_core.http.sessions import Visitor, anonymous_key, identify, known_anonymous_key

FIELD = "csrf_token"
"""The name of the hidden field; scripts may send the header `X-CSRF-Token` instead."""

HEADER = b"x-csrf-token"

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Forged(Forbidden):
    """A form that didn't come from our own page, or from one that was opened before logging in or out."""

    code = "csrf"


def token_for(scope: Scope, visitor: Visitor) -> str:
    """The token for this visitor's forms.

    For an anonymous visitor it sets the anonymous cookie if need be.
    """
    bound_to = f"session {visitor.token}" if visitor.token else f"anonymous {anonymous_key(scope)}"
    return _token(site_of(scope).secret("csrf"), bound_to)


async def check(scope: Scope, token: str = "") -> None:
    """Let a request pass that comes from a form of ours. `token` is the form's field; empty means the
    header's.

    Raises `Forged`.
    """
    _check_fetch_site(scope)
    _check_origin(scope)
    visitor = await identify(scope)
    anonymous = known_anonymous_key(scope)
    bound_to = f"session {visitor.token}" if visitor.token else f"anonymous {anonymous}" if anonymous else ""
    given = (token or header(scope, HEADER)).encode("utf-8", "replace")
    keys = site_of(scope).secrets("csrf") if bound_to else ()
    if not any(hmac.compare_digest(given, _token(key, bound_to).encode()) for key in keys):
        raise Forged(
            "This form was opened before you logged in or out, or by another page.",
            hint="Go back, reload the page and send it again; cookies must be allowed.",
        )


def _token(key: bytes, bound_to: str) -> str:
    return hmac.digest(key, bound_to.encode("utf-8", "replace"), "sha256").hex()


def _check_fetch_site(scope: Scope) -> None:
    where = header(scope, b"sec-fetch-site")
    if where and where not in ("same-origin", "none"):
        raise _from_elsewhere()


def _check_origin(scope: Scope) -> None:
    origin = header(scope, b"origin")
    if not origin:
        return
    state = scope["state"]
    ours = {_origin(f"{state['scheme']}://{state['host']}"), _origin(base_url_of(scope))}
    theirs = _origin(origin)
    if theirs in ours:
        return
    # A browser that says `same-origin` compared the addresses that it knows; behind a proxy that isn't
    # trusted yet, or that hides its port, ours differ in scheme or port only.
    vouched = header(scope, b"sec-fetch-site") == "same-origin"
    if not (vouched and theirs is not None and theirs[1] in {own[1] for own in ours if own is not None}):
        raise _from_elsewhere()


def _origin(text: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _from_elsewhere() -> Forged:
    return Forged(
        "This form was sent by a page of another site.",
        hint="Open the page here and send it again. Operators: behind a proxy, set server.proxies.",
    )
