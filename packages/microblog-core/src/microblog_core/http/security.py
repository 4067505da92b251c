"""Security headers that every response gets unless the surface set its own.

A surface that must allow more on one page (a consent page whose form leads to an application's address)
sends its own `content-security-policy`, made of the site's one (`policy_of`), and core adds none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from microblog_core.domain.errors import MicroblogError
from microblog_core.http.scope import Headers

if TYPE_CHECKING:
    from microblog_core.site import Site

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


def add_security_headers(headers: Headers, scheme: str, site: Site | None = None) -> None:
    """Append what is missing to a response's header fields (names in lower case, as ASGI wants them). Of a
    site whose files have an address of their own, pictures may come from there, too.
    """
    present = {name for name, _ in headers}
    fields = SECURITY_HEADERS if site is None else _fields_of(site)
    headers.extend(pair for pair in fields if pair[0] not in present)
    if scheme == "https" and STRICT_TRANSPORT_SECURITY[0] not in present:
        headers.append(STRICT_TRANSPORT_SECURITY)


_POLICY = b"content-security-policy"
_EXAMPLE = f"00/{'0' * 30}.webp"
_ORIGIN = re.compile(r"(https?://[A-Za-z0-9.\[\]:-]+)(?:/|$)")
_FIELDS: WeakKeyDictionary[Site, tuple[tuple[bytes, bytes], ...]] = WeakKeyDictionary()


def policy_of(site: Site) -> str:
    """The Content-Security-Policy of a site's pages, with where its pictures are."""
    return dict(_fields_of(site))[_POLICY].decode()


def _fields_of(site: Site) -> tuple[tuple[bytes, bytes], ...]:
    """The same fields for all answers of a site."""
    known = _FIELDS.get(site)
    if known is None:
        try:
            origin = _ORIGIN.match(site.ports.blobs.url(_EXAMPLE))
        except MicroblogError:
            return SECURITY_HEADERS
        known = SECURITY_HEADERS
        if origin is not None:
            policy = (_POLICY, f"{CONTENT_SECURITY_POLICY} {origin[1]}".encode())
            known = (policy, *SECURITY_HEADERS[1:])
        _FIELDS[site] = known
    return known
