"""Who calls the API, and what they may: resources ask here first.

Only an access token speaks for somebody on the API, or what a plugin's authenticator takes in its place. A
session cookie never does, since nothing here is protected against forged requests. A token that is none is
refused, also where anybody may read.
"""

from __future__ import annotations

import msgspec

from microblog_api.bearer import access_of, identity_of, token_of
from microblog_api.errors import InsufficientScope, InvalidToken
from microblog_core.domain.accounts import Account, Identity, Login
from microblog_core.domain.applications import SCOPES, AccessToken, Application, expanded
from microblog_core.domain.errors import Invalid, Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import Scope, site_of

INVALID = "The access token is invalid"
OUTSIDE = "This action is outside the authorized scopes"
NEEDS_USER = "This method requires an authenticated user"
NEEDS_APPLICATION = "This method requires an application's access token"
"""Mastodon's words, which clients show and look for."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request. `actor` is for use cases; `scopes` holds all that are contained in the token's.

    Without a token everything else is None and the actor is anonymous; with a token of the application
    itself there is no `login`, and the actor is anonymous too. Who was recognised by a plugin's authenticator
    has an `identity`, and neither token nor application.
    """

    actor: Actor
    token: AccessToken | None = None
    application: Application | None = None
    identity: Identity | None = None
    login: Login | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def anonymous(self) -> bool:
        """Whether no credentials were shown."""
        return self.token is None and self.identity is None

    @property
    def account(self) -> Account | None:
        """The account, None for nobody."""
        return self.actor.account


class User(Caller, frozen=True, kw_only=True):
    """A caller who is somebody."""

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
        return await _caller_by_plugin(scope, token)
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


async def _caller_by_plugin(scope: Scope, token: str) -> User:
    identity = await identity_of(scope, token)
    if identity is None:
        raise InvalidToken(INVALID)
    login = await site_of(scope).ports.storage.accounts.login_of(identity.account.id)
    if login is None:
        raise InvalidToken(INVALID)
    scopes = expanded(SCOPES if identity.scopes is None else identity.scopes)
    return User(
        actor=Actor(account=identity.account, scopes=scopes, address=scope["state"]["client"]),
        identity=identity,
        login=login,
        scopes=scopes,
    )


async def require_user(scope: Scope, *scopes: str) -> User:
    """Somebody whose token has one of these scopes.

    Raises `Unauthenticated` (no token), `InvalidToken`, `InsufficientScope`, `Invalid` (a token of the
    application itself).
    """
    found = await _required(scope, scopes)
    if not isinstance(found, User):
        raise Invalid(NEEDS_USER)
    return found


async def optional_user(scope: Scope, *scopes: str) -> Caller:
    """Anybody; who has a token needs one of these scopes. Raises `InvalidToken`, `InsufficientScope`."""
    found = await caller(scope)
    if not found.anonymous:
        _check(found, scopes)
    return found


async def require_app(scope: Scope, *scopes: str) -> Caller:
    """Any good token of an application, a person's or its own, with one of these scopes.

    Raises `Unauthenticated` (no token), `InvalidToken`, `InsufficientScope`, `Invalid` (it is no
    application's).
    """
    found = await _required(scope, scopes)
    if found.application is None:
        raise Invalid(NEEDS_APPLICATION)
    return found


async def _required(scope: Scope, scopes: tuple[str, ...]) -> Caller:
    found = await caller(scope)
    if found.anonymous:
        raise Unauthenticated(INVALID)
    _check(found, scopes)
    return found


def _check(found: Caller, scopes: tuple[str, ...]) -> None:
    if scopes and found.scopes.isdisjoint(scopes):
        raise InsufficientScope(OUTSIDE, scopes=scopes)
