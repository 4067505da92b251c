"""Cookies: reading them, and setting them from anywhere in a request. Which cookies there are is said by
who sets them.

`set_cookie` only notes the cookie in the scope; the application adds it to the response, whichever surface
makes that. Every cookie is `HttpOnly`, `SameSite=Lax`, for the whole site, and `Secure` where the visitor
came by https (RFC 6265).
"""

from __future__ import annotations

import re

from microblog_core.http.scope import Headers, Scope

_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")


def read_cookies(scope: Scope) -> dict[str, str]:
    """The cookies of a request, parsed once.

    Of two with one name the first counts (the more specific one).
    """
    state = scope["state"]
    known: dict[str, str] | None = state.get("cookies")
    if known is None:
        known = state["cookies"] = _parse(scope["headers"])
    return known


def set_cookie(scope: Scope, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie with the response, for `max_age` seconds or until the browser closes.

    Raises ValueError for a value that may not stand in a cookie; encode text first.
    """
    if _VALUE.fullmatch(value) is None:
        raise ValueError(f"the value of the cookie {name} has characters that a cookie can't carry")
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if scope["state"]["scheme"] == "https":
        parts.append("Secure")
    pending: dict[str, bytes] = scope["state"].setdefault("set_cookies", {})
    pending[name] = "; ".join(parts).encode("ascii")
    read_cookies(scope)[name] = value


def delete_cookie(scope: Scope, name: str) -> None:
    """Make the browser forget a cookie."""
    set_cookie(scope, name, "", max_age=0)
    read_cookies(scope).pop(name, None)


def pending_headers(scope: Scope) -> Headers:
    """The `set-cookie` fields that wait for the response."""
    pending: dict[str, bytes] = scope["state"].get("set_cookies") or {}
    return [(b"set-cookie", value) for value in pending.values()]


def _parse(headers: Headers) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for key, value in headers:
        if key != b"cookie":
            continue
        for part in value.decode("latin-1").split(";"):
            name, equals, content = part.partition("=")
            if equals:
                cookies.setdefault(name.strip(), content.strip().strip('"'))
    return cookies
