"""The endpoints that applications call themselves: get a token, end it, ask what it is good for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import post

from microblog_api.oauth.answers import Answer, Asked, refused, scope_of, told
from microblog_api.oauth.forms import parameters, texts
from microblog_api.oauth.protocol import (
    Loaded,
    OAuthError,
    ReplayedError,
    check_client,
    check_token_request,
    client_id_of,
)
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import Scope, header, site_of
from microblog_core.services import applications
from microblog_core.services.applications import ExchangeCode, IssueToken, NewToken

Values = Mapping[str, str]


@post("/oauth/token", status_code=200)
async def token(request: Asked) -> Answer:
    """A token for a code, or for the application itself (RFC 6749 sections 4.1.3 and 4.4.2)."""
    return await _protocol(request, _token)


@post("/oauth/revoke", status_code=200)
async def revoke(request: Asked) -> Answer:
    """End a token of the application's own; one that there is not is fine too (RFC 7009)."""
    return await _protocol(request, _revoke)


@post("/oauth/introspect", status_code=200)
async def introspect(request: Asked) -> Answer:
    """What a token of the application's own is good for (RFC 7662)."""
    return await _protocol(request, _introspect)


async def _protocol(
    request: Asked, work: Callable[[Scope, Values, str], Awaitable[Mapping[str, Any]]]
) -> Answer:
    """What an endpoint answers; refusals in the protocol's words."""
    scope = scope_of(request)
    authorization = header(scope, b"authorization")
    values = texts(await parameters(request))
    try:
        return told(await work(scope, values, authorization))
    except OAuthError as error:
        return refused(error, basic=True)


async def _load(scope: Scope, values: Values, authorization: str) -> Loaded:
    ports = site_of(scope).ports
    application = await applications.find_application(ports, client_id_of(values, authorization))
    code = await applications.find_code(ports, values.get("code", ""))
    return Loaded(application=application, code=code, now=ports.clock.now())


async def _token(scope: Scope, values: Values, authorization: str) -> Mapping[str, Any]:
    ports = site_of(scope).ports
    loaded = await _load(scope, values, authorization)
    actor = Actor(address=scope["state"]["client"])
    try:
        granted = check_token_request(values, authorization, loaded)
        if granted.code is not None:
            exchange = ExchangeCode(application=granted.application, code=granted.code)
            return _given(await applications.exchange_code(ports, actor, exchange))
        wanted = IssueToken(application=granted.application, scopes=granted.scopes)
        return _given(await applications.issue_application_token(ports, actor, wanted))
    except ReplayedError as replayed:
        await applications.end_replayed(ports, replayed.code)
        raise
    except Invalid as error:
        raise OAuthError(error.code, error.message) from error
    except NotFound as error:
        raise OAuthError("invalid_client", "There is no such application.", status=401) from error


def _given(new: NewToken) -> Mapping[str, Any]:
    """Token; it does not expire, so it says nothing of that."""
    return {
        "access_token": new.token,
        "token_type": "Bearer",
        "scope": " ".join(new.access.scopes),
        "created_at": new.access.created_at // 1000,
    }


async def _revoke(scope: Scope, values: Values, authorization: str) -> Mapping[str, Any]:
    loaded = await _load(scope, values, authorization)
    application = check_client(values, authorization, loaded, public=True)
    if not await applications.revoke_token(site_of(scope).ports, application, values["token"]):
        raise OAuthError("unauthorized_client", "You are not authorized to revoke this token", status=403)
    return {}


async def _introspect(scope: Scope, values: Values, authorization: str) -> Mapping[str, Any]:
    loaded = await _load(scope, values, authorization)
    application = check_client(values, authorization, loaded, public=False)
    access = await applications.introspect_token(site_of(scope).ports, application, values["token"])
    if access is None:
        return {"active": False}
    found: dict[str, Any] = {
        "active": True,
        "scope": " ".join(access.token.scopes),
        "client_id": access.application.client_id,
        "token_type": "Bearer",
        "iat": access.token.created_at // 1000,
    }
    if access.account is not None:
        found |= {"sub": str(access.account.id), "username": access.account.username}
    return found


HANDLERS = (token, revoke, introspect)
