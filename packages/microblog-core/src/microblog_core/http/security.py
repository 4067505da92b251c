"""Security headers that every response gets unless the surface set its own.

A surface that must allow more on one page (a consent page whose form leads to an application's address)
sends its own `content-security-policy`, and core adds none.
"""

from __future__ import annotations

from microblog_core.http.scope import Headers

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self' data:"
)
"""No inline script or style, nothing from other hosts.

`data:` images are what style sheets draw icons with.
"""

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: browsers would send `Origin: null` with our own forms, which the check against
    # forgery refuses.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

STRICT_TRANSPORT_SECURITY = (b"strict-transport-security", b"max-age=31536000")
"""For a year, RFC 6797; sent over https only."""


def add_security_headers(headers: Headers, scheme: str) -> None:
    """Append what is missing to a response's header fields (names in lower case, as ASGI wants them)."""
    present = {name for name, _ in headers}
    headers.extend(pair for pair in SECURITY_HEADERS if pair[0] not in present)
    if scheme == "https" and STRICT_TRANSPORT_SECURITY[0] not in present:
        headers.append(STRICT_TRANSPORT_SECURITY)
