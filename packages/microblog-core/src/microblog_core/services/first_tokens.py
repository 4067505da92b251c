"""The token of an application by which somebody signed up: they have allowed it what it is for by that."""

from __future__ import annotations

import secrets

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.applications import CODE_MILLISECONDS, AccessToken, Application, AuthorizationCode
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import audited, retried
from microblog_core.ports.context import Ports
from microblog_core.services.applications import NewToken
from microblog_core.services.sessions import TOKEN_BYTES, hash_token


class FirstToken(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was just made through this application, and the scopes that it gets."""

    application: Application
    account: Account
    scopes: tuple[str, ...]


@retried("id")
@audited("application.authorised", lambda command: command.application.id)
async def issue_first_token(ports: Ports, actor: Actor, command: FirstToken) -> NewToken:
    """Let the application into the account, as if it had been asked for, at once.

    Raises `NotFound`: the account can't log in, or the application is gone.
    """
    application, account, now = command.application, command.account, ports.clock.now()
    code_hash, token = hash_token(secrets.token_urlsafe(TOKEN_BYTES)), secrets.token_urlsafe(TOKEN_BYTES)
    access = AccessToken(
        id=ports.ids.at(now),
        token_hash=hash_token(token),
        application_id=application.id,
        account_id=account.id,
        scopes=command.scopes,
        code_hash=code_hash,
        created_at=now,
    )
    unit = ports.unit()
    unit.applications.add_code(
        AuthorizationCode(
            code_hash=code_hash,
            application_id=application.id,
            account_id=account.id,
            scopes=command.scopes,
            redirect_uri=application.redirect_uris[0] if application.redirect_uris else "",
            code_challenge="",
            created_at=now,
            expires_at=now + CODE_MILLISECONDS,
        )
    )
    unit.applications.redeem_code(access, authorisation_id=ports.ids.at(now))
    await unit.commit_once("")
    return NewToken(token, access)
