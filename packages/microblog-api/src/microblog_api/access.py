"""Who calls the API, and what they may: resources ask here first.

Only an access token speaks for somebody on the API. A session cookie never does, since nothing here is
protected against forged requests. A token that is none is refused, also where anybody may read.
"""

from __future__ import annotations

import msgspec

from microblog_api.bearer import access_of, token_of
from microblog_api.errors import InsufficientScope, InvalidToken
from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.applications import AccessToken, Application
from microblog_core.domain.errors import Invalid, Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import Scope

INVALID = "The access token is invalid"
OUTSIDE = "This action is outside the authorized scopes"
NEEDS_USER = "This method requires an authenticated user"
"""Mastodon's words, which clients show and look for."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request. `actor` is for use cases; `scopes` holds all that are contained in the token's.

    Without a token everything else is None and the actor is anonymous; with a token of the application
    itself there is no `login`, and the actor is anonymous too.
    """

    actor: Actor
    token: AccessToken | None = None
    application: Application | None = None
    login: Login | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def account(self) -> Account | None:
        """The account, None for nobody."""
        return self.actor.account


class User(Caller, frozen=True, kw_only=True):
    """A caller who is somebody."""

    token: AccessToken
    application: Application
    login: Login

    @property
    def account(self) -> Account:
        """The account."""
        account = self.actor.account
        assert account is not None
        return account


async def caller(scope: Scope) -> Caller:
    """Who makes this request; found once. Raises `InvalidToken` for a token that is none, `Unavailable`."""
    state = scope["state"]
    known: Caller | None = state.get("caller")
    if known is None:
        known = state["caller"] = await caller_with(scope, token_of(scope))
    return known


async def caller_with(scope: Scope, token: str | None) -> Caller:
    """Who makes this request, by a token that was found elsewhere (streams); None is anonymous.

    Raises `InvalidToken`, `Unavailable`.
    """
    address = scope["state"]["client"]
    if token is None:
        return Caller(actor=Actor(address=address))
    access = await access_of(scope, token)
    if access is None:
        raise InvalidToken(INVALID)
    if access.account is None or access.login is None:
        return Caller(
            actor=Actor(address=address),
            token=access.token,
            application=access.application,
            scopes=access.scopes,
        )
    return User(
        actor=Actor(account=access.account, scopes=access.scopes, address=address),
        token=access.token,
        application=access.application,
        login=access.login,
        scopes=access.scopes,
    )


async def require_user(scope: Scope, *scopes: str) -> User:
    """Somebody whose token has one of these scopes.

    Raises `Unauthenticated` (no token), `InvalidToken`, `InsufficientScope`, `Invalid` (a token of the
    application itself).
    """
    found = await require_app(scope, *scopes)
    if not isinstance(found, User):
        raise Invalid(NEEDS_USER)
    return found


async def optional_user(scope: Scope, *scopes: str) -> Caller:
    """Anybody; who has a token needs one of these scopes. Raises `InvalidToken`, `InsufficientScope`."""
    found = await caller(scope)
    if found.token is not None:
        _check(found, scopes)
    return found


async def require_app(scope: Scope, *scopes: str) -> Caller:
    """Any good token, a person's or an application's own, with one of these scopes.

    Raises `Unauthenticated` (no token), `InvalidToken`, `InsufficientScope`.
    """
    found = await caller(scope)
    if found.token is None:
        raise Unauthenticated(INVALID)
    _check(found, scopes)
    return found


def _check(found: Caller, scopes: tuple[str, ...]) -> None:
    if scopes and found.scopes.isdisjoint(scopes):
        raise InsufficientScope(OUTSIDE, scopes=scopes)
