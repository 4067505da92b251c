"""Applications: register them, let them into an account, give them tokens, take the tokens back (OAuth 2).

What a request of the protocol says, and whether it may be granted, is decided by the surface that speaks the
protocol. Here is what is stored of it, and what must hold whoever asks: scopes, addresses, single use.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Sequence

import msgspec

from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.applications import (
    CODE_MILLISECONDS,
    SCOPES,
    AccessToken,
    Application,
    Authorisation,
    AuthorizationCode,
    check_application_name,
    check_code_challenge,
    check_redirect_uris,
    check_scopes,
    check_website,
    expanded,
    narrowed_scopes,
)
from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.applications import TokenRow
from microblog_core.ports.context import Ports
from microblog_core.services.sessions import TOKEN_BYTES, hash_token

ABANDONED_MILLISECONDS = 24 * 3600 * 1000
SWEPT_AT_ONCE = 20
TOKEN_LENGTH = 128
"""Longer texts are no tokens or codes of ours, and aren't looked for."""

_CACHED_BYTES = 3072


class RegisterApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application wants to be known. `offered` are all scopes that the site has.

    `public`: it can't keep a secret, gets none, and has to use PKCE.
    """

    name: str
    redirect_uris: str | Sequence[str]
    scopes: str | Sequence[str] = ""
    website: str = ""
    public: bool = False
    offered: Collection[str] = SCOPES


class NewApplication(msgspec.Struct, frozen=True):
    """An application just registered; `secret` is told once and stored nowhere, empty for a public one."""

    application: Application
    secret: str


class Authorise(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody lets an application into their account. `code_challenge` is an S256 challenge or empty."""

    application: Application
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str = ""


class ExchangeCode(msgspec.Struct, frozen=True, kw_only=True):
    """An application that has proven who it is, and that the code is its own, wants a token for it."""

    application: Application
    code: AuthorizationCode


class IssueToken(msgspec.Struct, frozen=True, kw_only=True):
    """An application that has proven who it is wants a token of its own."""

    application: Application
    scopes: tuple[str, ...]


class RevokeApplication(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody takes back all that they allowed an application."""

    application_id: int


class NewToken(msgspec.Struct, frozen=True):
    """A token just made; `token` is told once and stored nowhere."""

    token: str
    access: AccessToken


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a token lets do. `scopes` holds every scope that its own ones contain; account and log-in are None
    for a token of the application itself.
    """

    token: AccessToken
    application: Application
    account: Account | None
    login: Login | None
    scopes: frozenset[str]


def is_secret_of(application: Application, secret: str) -> bool:
    """Whether this is the application's secret; takes as long for every wrong one. Never for public ones."""
    same = hmac.compare_digest(hash_token(secret), application.secret_hash or "-")
    return application.confidential and same


@rate_limited("register_application", limit=60, per=600)
@retried("id")
async def register_application(ports: Ports, actor: Actor, command: RegisterApplication) -> NewApplication:
    """Make an application known. Old ones that nobody ever used go meanwhile, a few at a time.

    Raises `Invalid` (fields `client_name`, `redirect_uris`, `scopes`, `website`), `RateLimited`.
    """
    now = ports.clock.now()
    secret = "" if command.public else secrets.token_urlsafe(TOKEN_BYTES)
    application = msgspec.structs.replace(
        _checked(command),
        id=ports.ids.at(now),
        client_id=secrets.token_urlsafe(TOKEN_BYTES),
        secret_hash=hash_token(secret) if secret else "",
        created_at=now,
    )
    unit = ports.unit()
    unit.applications.sweep(before=now - ABANDONED_MILLISECONDS, limit=SWEPT_AT_ONCE)
    unit.applications.add(application)
    await unit.commit()
    return NewApplication(application, secret)


def _checked(command: RegisterApplication) -> Application:
    """The application without what only this site knows; all wrong fields are told at once."""
    errors: dict[str, str] = {}
    name = website = ""
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    try:
        name = check_application_name(command.name)
    except Invalid as error:
        errors.update(error.fields)
    try:
        redirect_uris = check_redirect_uris(command.redirect_uris)
    except Invalid as error:
        errors.update(error.fields)
    try:
        scopes = check_scopes(command.scopes, command.offered)
    except Invalid as error:
        errors.update(error.fields)
    try:
        website = check_website(command.website)
    except Invalid as error:
        errors.update(error.fields)
    if errors:
        raise Invalid(fields=errors)
    return Application(
        id=0,
        client_id="",
        name=name,
        website=website,
        redirect_uris=redirect_uris,
        scopes=scopes,
        created_at=0,
    )


async def find_application(ports: Ports, client_id: str) -> Application | None:
    """The application that calls itself so, None where there is none."""
    if not client_id or len(client_id) > TOKEN_LENGTH:
        return None
    if not (client_id.isascii() and client_id.isprintable()):
        return None
    return await ports.storage.applications.by_client_id(client_id)


@authorised("account.write")
@audited("application.authorised", lambda command: command.application.id)
async def authorise(ports: Ports, actor: Actor, command: Authorise) -> str:
    """Let an application into the actor's account and return the code that tells it so, for ten minutes.

    Raises `Invalid` (fields `redirect_uri`, `scopes`, `code_challenge`), `NotFound` (it is gone).
    """
    account, application = require_account(actor), command.application
    if command.redirect_uri not in application.redirect_uris:
        raise Invalid(fields={"redirect_uri": "The application did not register this address."})
    if not command.scopes or narrowed_scopes(" ".join(command.scopes), application.scopes) is None:
        raise Invalid(fields={"scopes": "The application did not register these scopes."})
    if not (application.confidential or command.code_challenge):
        raise Invalid(fields={"code_challenge": "An application without a secret has to use PKCE."})
    now = ports.clock.now()
    code = secrets.token_urlsafe(TOKEN_BYTES)
    unit = ports.unit()
    unit.applications.add_code(
        AuthorizationCode(
            code_hash=hash_token(code),
            application_id=application.id,
            account_id=account.id,
            scopes=command.scopes,
            redirect_uri=command.redirect_uri,
            code_challenge=check_code_challenge(command.code_challenge),
            created_at=now,
            expires_at=now + CODE_MILLISECONDS,
        )
    )
    await unit.commit_once("")
    return code


async def find_code(ports: Ports, code: str) -> AuthorizationCode | None:
    """What is stored of a code, used and expired ones too; None for a code that there is not."""
    if not code or len(code) > TOKEN_LENGTH:
        return None
    return await ports.storage.applications.code(hash_token(code))


@retried("id")
async def exchange_code(ports: Ports, actor: Actor, command: ExchangeCode) -> NewToken:
    """Exchange a code for a token, once.

    A code that was used before ends what it gave then, since one of the two had stolen it (RFC 6749 section
    4.1.2). Raises `Invalid` (code `invalid_grant`).
    """
    now, code = ports.clock.now(), command.code
    new = _new_token(
        ports,
        command.application,
        now,
        scopes=code.scopes,
        account_id=code.account_id,
        code_hash=code.code_hash,
    )
    unit = ports.unit()
    unit.applications.redeem_code(new.access, authorisation_id=ports.ids.at(now))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard not in ("code", "exists"):
            raise
        await end_replayed(ports, code)
        raise Invalid(
            "The code is wrong, was used before, or has expired.", code="invalid_grant"
        ) from conflict
    return new


async def end_replayed(ports: Ports, code: AuthorizationCode) -> None:
    """End what a code gave, if it has been used: somebody has sent it again."""
    stored = await ports.storage.applications.code(code.code_hash)
    if stored is not None and stored.used_at is not None:
        unit = ports.unit()
        unit.applications.delete_tokens_of_code(stored)
        await unit.commit()


@rate_limited("application_token", limit=300, per=3600)
@retried("id")
async def issue_application_token(ports: Ports, actor: Actor, command: IssueToken) -> NewToken:
    """Give a confidential application a token of its own, without an account (RFC 6749 section 4.4).

    Raises `Invalid`, `NotFound` (it is gone), `RateLimited`.
    """
    application = command.application
    if not application.confidential:
        raise Invalid("An application without a secret gets no token of its own.", code="unauthorized_client")
    if not command.scopes or narrowed_scopes(" ".join(command.scopes), application.scopes) is None:
        raise Invalid(fields={"scopes": "The application did not register these scopes."})
    new = _new_token(ports, application, ports.clock.now(), scopes=command.scopes)
    unit = ports.unit()
    unit.applications.add_token(new.access)
    await unit.commit_once("")
    return new


def _new_token(
    ports: Ports,
    application: Application,
    now: int,
    *,
    scopes: tuple[str, ...],
    account_id: int | None = None,
    code_hash: str = "",
) -> NewToken:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    access = AccessToken(
        id=ports.ids.at(now),
        token_hash=hash_token(token),
        application_id=application.id,
        account_id=account_id,
        scopes=scopes,
        code_hash=code_hash,
        created_at=now,
    )
    return NewToken(token, access)


async def resume_token(ports: Ports, token: str) -> Access | None:
    """What this token lets do; None if it is none, was revoked, or its account may not log in.

    Kept in the cache where the storage tells of every change in time; read anew each time where it doesn't.
    """
    if not token or len(token) > TOKEN_LENGTH:
        return None
    token_hash = hash_token(token)
    if not ports.storage.coherent:
        row = await ports.storage.applications.token(token_hash)
        return None if row is None else _access_of(row)
    key = f"token:{token_hash}"
    cached = ports.cache.get(key)
    if isinstance(cached, Access):
        return cached
    fill = ports.cache.fill()
    row = await ports.storage.applications.token(token_hash)
    if row is None:
        return None
    access = _access_of(row)
    account = row.token.account_id
    tags = (key,) if account is None else (key, f"tokens:{account}", f"account:{account}")
    fill.put(key, access, tags, size=_CACHED_BYTES)
    return access


def _access_of(row: TokenRow) -> Access:
    return Access(
        token=row.token,
        application=row.application,
        account=row.account,
        login=row.login,
        scopes=expanded(row.token.scopes),
    )


async def introspect_token(ports: Ports, application: Application, token: str) -> Access | None:
    """What one of the application's own tokens lets do; None for others' tokens and dead ones."""
    access = await resume_token(ports, token)
    return access if access is not None and access.application.id == application.id else None


async def revoke_token(ports: Ports, application: Application, token: str) -> bool:
    """End one of the application's own tokens; False where it belongs to another one.

    A token that there is not is as good as one that was ended (RFC 7009 section 2.2).
    """
    access = await resume_token(ports, token)
    if access is None:
        return True
    if access.application.id != application.id:
        return False
    unit = ports.unit()
    unit.applications.delete_token(access.token.token_hash)
    await unit.commit()
    return True


@authorised("account.write")
async def list_authorised(ports: Ports, actor: Actor, page: Page) -> Listing[Authorisation]:
    """The applications that the actor let into their account, newest first."""
    return await ports.storage.applications.authorised(require_account(actor).id, page)


@authorised("account.write")
@audited("application.revoked", lambda command: command.application_id)
async def revoke_authorised(ports: Ports, actor: Actor, command: RevokeApplication) -> None:
    """End all tokens and codes that an application has of the actor; nothing where it has none."""
    unit = ports.unit()
    unit.applications.delete_tokens(require_account(actor).id, command.application_id)
    await unit.commit()
