"""Who a request comes from, and the session cookie. What a session is, and how it is stored, is in
`services.sessions`.

`SessionAuthenticator` is contributed by core's own defaults plugin, through the hook that anybody uses: the
log-in pages that core draws for an API without a website need it as much as the website does. `identify`
asks all authenticators of the site in order; the result is kept in the scope, so asking twice costs
nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from microblog_core.domain.accounts import Account, Identity, Login
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.permissions import Actor
from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.devices import remember_device
from microblog_core.http.scope import LazyMapping, Scope, header, headers_of, query_of, site_of
from microblog_core.ports.auth import Authenticator, Request
from microblog_core.ports.context import Ports
from microblog_core.services import sessions

if TYPE_CHECKING:
    from microblog_core.site import Site

SESSION_COOKIE = "microblog_session"
ANONYMOUS_COOKIE = "microblog_anonymous"
AUTHENTICATOR_SECONDS = 2.0
"""How long a plugin's authenticator may think. No breaker: whoever makes one fail would log everybody out."""

_USER_AGENT_LENGTH = 200
_TOKEN_LENGTH = 128

_log = logging.getLogger("microblog.http")


class SessionIdentity(Identity, frozen=True, kw_only=True):
    """An identity that a session cookie proved, with the log-in that came along with it and the cookie's
    token.
    """

    login: Login
    token: str


class SessionAuthenticator:
    """Recognises the session cookie.

    `ports` is called on first use: the site isn't open while plugins contribute.
    """

    def __init__(self, ports: Callable[[], Ports]) -> None:
        self._ports = ports

    async def authenticate(self, request: Request) -> Identity | None:
        """The person whose session the cookie names, if it lives."""
        token = request.cookies.get(SESSION_COOKIE, "")
        if not token or len(token) > _TOKEN_LENGTH:
            return None
        row = await sessions.resume_session(self._ports(), token)
        if row is None:
            return None
        return SessionIdentity(account=row.account, session=row.session, login=row.login, token=token)


class Visitor:
    """Who made a request. `identity`, `login` are None for anonymous ones; `token` is the session's,
    empty without one.
    """

    __slots__ = ("_scope", "identity", "login", "token")

    def __init__(self, scope: Scope, identity: Identity | None) -> None:
        self._scope = scope
        self.identity = identity
        session = identity if isinstance(identity, SessionIdentity) else None
        self.login: Login | None = session.login if session is not None else None
        self.token = session.token if session is not None else ""

    @property
    def account(self) -> Account | None:
        """The account, None for anonymous visitors."""
        return self.identity.account if self.identity is not None else None

    @property
    def actor(self) -> Actor:
        """The visitor as use cases want to have it, with the network address and since when they are in."""
        address = self._scope["state"]["client"]
        if self.identity is None:
            return Actor(address=address)
        session = self.identity.session
        return Actor(
            account=self.identity.account,
            scopes=self.identity.scopes,
            address=address,
            since=session.created_at if session is not None else 0,
        )

    @property
    def csrf(self) -> str:
        """The token for this visitor's forms; for an anonymous one this sets a cookie, so don't ask on
        pages that are cached.
        """
        from microblog_core.http.csrf import token_for

        return token_for(self._scope, self)


async def identify(scope: Scope) -> Visitor:
    """Ask the site's authenticators, in order, who this is.

    One that raises, or takes longer than two seconds, abstains, and the log says so. Raises `Unavailable`
    when the storage does not answer.
    """
    state = scope["state"]
    visitor: Visitor | None = state.get("visitor")
    if visitor is None:
        visitor = state["visitor"] = Visitor(scope, await _ask(site_of(scope), scope))
    return visitor


async def log_in(scope: Scope, account: Account) -> None:
    """Open a session for this account and set its cookie; the session that the browser had before is closed.

    Raises what `services.sessions.open_session` raises.
    """
    site = site_of(scope)
    before = read_cookies(scope).get(SESSION_COOKIE, "")
    user_agent = header(scope, b"user-agent")[:_USER_AGENT_LENGTH]
    new_device = remember_device(scope, account)
    opened = await sessions.open_session(
        site.ports, account, user_agent, address=scope["state"]["client"], new_device=new_device
    )
    if before:
        await sessions.close_session(site.ports, before)
    set_cookie(scope, SESSION_COOKIE, opened.token, max_age=site.ports.limits.session_milliseconds // 1000)
    delete_cookie(scope, ANONYMOUS_COOKIE)
    scope["state"].pop("visitor", None)


async def log_out(scope: Scope) -> None:
    """Close the session of the request for good, and delete its cookie."""
    token = read_cookies(scope).get(SESSION_COOKIE, "")
    if token:
        await sessions.close_session(site_of(scope).ports, token)
        delete_cookie(scope, SESSION_COOKIE)
    scope["state"].pop("visitor", None)


def anonymous_key(scope: Scope) -> str:
    """What tells one anonymous browser from another: the value of a cookie, which is set if it wasn't
    there.
    """
    key = known_anonymous_key(scope)
    if not key:
        key = secrets.token_urlsafe(16)
        set_cookie(scope, ANONYMOUS_COOKIE, key)
    return key


def known_anonymous_key(scope: Scope) -> str:
    """The value of the anonymous cookie, empty where there is none."""
    key = read_cookies(scope).get(ANONYMOUS_COOKIE, "")
    return key if 16 <= len(key) <= _TOKEN_LENGTH else ""


def below_of(authenticator: object) -> tuple[str, ...]:
    """The path prefixes that an authenticator is for; empty where it is for all."""
    below: str | Iterable[str] = getattr(authenticator, "below", ())
    return (below,) if isinstance(below, str) else tuple(below)


async def _ask(site: Site, scope: Scope) -> Identity | None:
    request = Request(
        method=scope["method"],
        path=scope["path"],
        headers=LazyMapping(lambda: headers_of(scope)),
        cookies=read_cookies(scope),
        query=LazyMapping(lambda: query_of(scope)),
        address=scope["state"]["client"],
    )
    return await recognise(site.authenticators, request)


async def recognise(authenticators: Iterable[Authenticator], request: Request) -> Identity | None:
    """Ask these authenticators, in order, who this is; one that is for other paths isn't asked, and one that
    raises or takes longer than two seconds abstains. Raises `Unavailable`.
    """
    for authenticator in authenticators:
        try:
            below = below_of(authenticator)
            if below and not request.path.startswith(below):
                continue
            if isinstance(authenticator, SessionAuthenticator):
                identity = await authenticator.authenticate(request)
            else:
                async with asyncio.timeout(AUTHENTICATOR_SECONDS):
                    identity = await authenticator.authenticate(request)
        except Unavailable:
            raise
        except Exception:
            _log.exception("the authenticator %r raised; it counts as abstaining", authenticator)
            continue
        if isinstance(identity, Identity):
            return identity
    return None


__all__ = [
    "ANONYMOUS_COOKIE",
    "SESSION_COOKIE",
    "SessionAuthenticator",
    "SessionIdentity",
    "Visitor",
    "anonymous_key",
    "below_of",
    "identify",
    "known_anonymous_key",
    "log_in",
    "log_out",
    "recognise",
]
