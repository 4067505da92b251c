"""Cross-origin requests (the Fetch standard): clients that are pages of other sites read every answer of the
API, errors included.

Any origin may, because nothing here is granted to a cookie: browsers send none where the origin is `*`.
What a person decides on in the browser (consent, logging in) is never opened.
"""

from __future__ import annotations

from microblog_core.http.scope import Headers, Scope, Send

PREFIXES = ("/api/", "/.well-known/", "/nodeinfo/")
PATHS = frozenset(
    {"/api", "/nodeinfo", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/introspect"}
)

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED = (
    "Authorization, Content-Type, Idempotency-Key, Accept, Accept-Language, Cache-Control, If-None-Match, "
    "Last-Event-ID, X-Requested-With, *"
)
"""`*` stands for everything but `Authorization`, and old browsers don't know it."""

EXPOSED = (
    "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Retry-After, ETag, "
    "Date, Idempotency-Key, WWW-Authenticate"
)
MAX_AGE = 7200
"""Seconds for which an answer to a preflight is kept; no browser keeps one for longer."""

_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (_ORIGIN, (b"access-control-expose-headers", EXPOSED.encode()))
_PREFLIGHT = (
    _ORIGIN,
    (b"access-control-allow-methods", METHODS.encode()),
    (b"access-control-allow-headers", ALLOWED.encode()),
    (b"access-control-max-age", b"%d" % MAX_AGE),
    (b"cache-control", b"no-store"),
)


def is_open(path: str) -> bool:
    """Whether pages of other sites may read what this address answers."""
    return path.startswith(PREFIXES) or path.rstrip("/") in PATHS


def fields(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """The header fields that every answer of this address carries."""
    return _EXPOSED if is_open(path) else ()


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks what it may send to this address. It asks without credentials, and whether or
    not anything is there.
    """
    return (
        scope["method"] == "OPTIONS"
        and is_open(scope["path"])
        and any(name == b"access-control-request-method" for name, _ in scope["headers"])
    )


async def answer_preflight(send: Send) -> None:
    """Say what may be sent."""
    headers: Headers = list(_PREFLIGHT)
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
