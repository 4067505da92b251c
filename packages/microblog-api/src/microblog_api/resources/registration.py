"""Signing up through an application (https://docs.joinmastodon.org/methods/accounts/#create)."""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, post
from microblog_api.entities.base import Entity
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Forbidden, Invalid
from microblog_core.i18n import preferred
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.services.first_tokens import FirstToken, issue_first_token

PENDING = "Your login is currently pending approval"
"""Mastodon's words."""


class GivenAccount(msgspec.Struct, frozen=True):
    """Somebody who wants to come; `reason` is needed where each is approved, `agreement` is to the rules."""

    username: str = ""
    email: str = ""
    password: str = ""
    agreement: bool = False
    locale: str = ""
    reason: str = ""
    invite_code: str = ""


class NewAccountToken(Entity):
    """A token for the new account, as from `/oauth/token`."""

    access_token: str
    token_type: str
    scope: str
    created_at: int


@post("/api/v1/accounts", who="app", needs="write:accounts")
async def register(call: Call, given: GivenAccount) -> NewAccountToken:
    """Make an account and give the application a token for it. Somebody who waits for approval gets none yet:
    then the answer is 403, and they log in when they are approved.
    """
    if not given.agreement:
        raise Invalid(fields={"agreement": "must be accepted"})
    command = SignUp(
        username=given.username,
        email=given.email,
        password=given.password,
        locale=preferred(given.locale),
        reason=given.reason,
        invitation=given.invite_code,
    )
    account = await sign_up(call.ports, call.actor, command)
    if account.state is AccountState.PENDING:
        raise Forbidden(PENDING)
    application, token = call.caller.application, call.caller.token
    assert application is not None and token is not None
    new = await issue_first_token(
        call.ports,
        call.actor,
        FirstToken(application=application, account=account, scopes=token.scopes),
    )
    return NewAccountToken(
        access_token=new.token,
        token_type="Bearer",
        scope=" ".join(new.access.scopes),
        created_at=new.access.created_at // 1000,
    )


ENDPOINTS = (register,)
