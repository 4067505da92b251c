"""Access tokens in requests: where they stand, and who they speak for. Import-light: no framework.

The header field is RFC 6750 section 2.1. What a token lets do is in `services.applications`; what a resource
asks for is in `access`. What is no token of an application may be something that a plugin's authenticator
knows.
"""

from __future__ import annotations

from collections.abc import Callable

from microblog_core.domain.accounts import AccountState, Identity
from microblog_core.http.scope import Scope, headers_of, query_of, site_of
from microblog_core.http.sessions import SessionAuthenticator, recognise
from microblog_core.ports.auth import Request
from microblog_core.ports.context import Ports
from microblog_core.services.applications import Access, resume_token

BELOW = ("/api/",)
"""Tokens speak for people on the API alone: what a scope allows is checked nowhere else."""

_SCHEME = "bearer"
_KEY = "api.access"
_OTHERS = "api.identity"
_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


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


async def identity_of(scope: Scope, token: str) -> Identity | None:
    """Who this is by the authenticators of plugins, for what is no access token; asked once a request. Raises
    `Unavailable`.

    They see the token as a header field, wherever it stood, and no cookies: nothing here is protected against
    forged requests, so what browsers send by themselves speaks for nobody.
    """
    known: tuple[str, Identity | None] | None = scope["state"].get(_OTHERS)
    if known is None or known[0] != token:
        known = scope["state"][_OTHERS] = (token, await recognised(scope, token))
    return known[1]


async def recognised(scope: Scope, token: str) -> Identity | None:
    """The same, asked anew: whether it still is so."""
    own = (SessionAuthenticator, BearerAuthenticator)
    others = [each for each in site_of(scope).authenticators if not isinstance(each, own)]
    if not others:
        return None
    headers = {name: value for name, value in headers_of(scope).items() if name != "cookie"}
    headers["authorization"] = f"Bearer {token}"
    request = Request(
        method=scope.get("method", "GET"),
        path=scope["path"],
        headers=headers,
        cookies={},
        query={},
        address=scope["state"]["client"],
    )
    identity = await recognise(others, request)
    return identity if identity is not None and identity.account.state in _MAY_LOG_IN else None


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
