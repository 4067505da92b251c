"""Access tokens in requests: where they stand, and who they speak for. Import-light: no framework.

The header field is RFC 6750 section 2.1. What a token lets do is in `services.applications`; what a resource
asks for is in `access`.
"""

from __future__ import annotations

from collections.abc import Callable

from microblog_core.domain.accounts import Identity
from microblog_core.http.scope import Scope, query_of, site_of
from microblog_core.ports.auth import Request
from microblog_core.ports.context import Ports
from microblog_core.services.applications import Access, resume_token

BELOW = ("/api/",)
"""Tokens speak for people on the API alone: what a scope allows is checked nowhere else."""

_SCHEME = "bearer"
_KEY = "api.access"


def token_of(scope: Scope, *, anywhere: bool = False) -> str | None:
    """The access token of a request, None where there is none, empty where there should be one.

    `anywhere` also takes it from the query (`access_token`) and from the WebSocket subprotocol, as browsers
    must send it when they open a stream.
    """
    protocol = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = _after_scheme(bytes(value).decode("latin-1"))
            if token is not None:
                return token
        elif name == b"sec-websocket-protocol":
            protocol = bytes(value).decode("latin-1").strip()
    if not anywhere:
        return None
    return query_of(scope).get("access_token") or protocol or None


async def access_of(scope: Scope, token: str) -> Access | None:
    """What this token lets do, asked once a request. Raises `Unavailable`."""
    known: tuple[str, Access | None] | None = scope["state"].get(_KEY)
    if known is None or known[0] != token:
        known = scope["state"][_KEY] = (token, await resume_token(site_of(scope).ports, token))
    return known[1]


def _after_scheme(credentials: str) -> str | None:
    scheme, _, token = credentials.partition(" ")
    return token.strip() if scheme.lower() == _SCHEME else None


class BearerAuthenticator:
    """Recognises whom an access token speaks for; a token of the application itself speaks for nobody.

    `ports` is called on first use: the site isn't open while plugins contribute.
    """

    below = BELOW

    def __init__(self, ports: Callable[[], Ports]) -> None:
        self._ports = ports

    async def authenticate(self, request: Request) -> Identity | None:
        """The person who allowed the application, with the scopes that they allowed."""
        token = _after_scheme(request.headers.get("authorization", ""))
        access = await resume_token(self._ports(), token) if token else None
        if access is None or access.account is None:
            return None
        return Identity(account=access.account, scopes=access.scopes, method="bearer")
