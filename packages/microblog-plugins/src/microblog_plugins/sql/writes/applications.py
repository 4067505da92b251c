"""Applications, codes and tokens.

Whatever gives access to an account locks it first, and so does what ends all access: a code that is exchanged
while the password changes gives nothing that outlives the change.
"""

from __future__ import annotations

from microblog_core.domain.applications import AccessToken
from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddApplication,
    AddCode,
    AddToken,
    DeleteToken,
    DeleteTokens,
    DeleteTokensOfCode,
    RedeemCode,
    SweepApplications,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.applications import APPLICATION, CODE, TOKEN
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps

CODES_SWEPT = 100

_APPLICATION = insert("applications", APPLICATION)
_CODE = insert("authorization_codes", CODE)
_TOKEN = insert("access_tokens", TOKEN)
_USE = "UPDATE applications SET used = TRUE WHERE id = :application RETURNING id"
_REDEEM = (
    "UPDATE authorization_codes SET used_at = :now WHERE code_hash = :code_hash AND used_at IS NULL"
    " AND expires_at > :now AND application_id = :application AND account_id = :account RETURNING code_hash"
)
_ALLOW = insert(
    "authorisations",
    ["account_id", "application_id", "id", "scopes", "first_at", "last_at"],
    "ON CONFLICT (account_id, application_id)"
    " DO UPDATE SET scopes = excluded.scopes, last_at = excluded.last_at",
)
_FORGET_UNUSED = (
    "DELETE FROM authorisations WHERE account_id = :account AND NOT EXISTS (SELECT 1 FROM access_tokens t"
    " WHERE t.account_id = authorisations.account_id AND t.application_id = authorisations.application_id)"
)

_FORGET_PUSH = (
    "DELETE FROM push_subscriptions WHERE account_id = :account AND NOT EXISTS (SELECT 1 FROM access_tokens t"
    " WHERE t.id = push_subscriptions.token_id)"
)


def _lock(dialect: Dialect, account_id: int, *, may_log_in: bool) -> Steps[None]:
    """Hold the account until the end of the transaction; guard `exists` where it has to be able to log in."""
    states = " AND state IN ('active', 'silenced')" if may_log_in else ""
    statement = f"SELECT id FROM accounts WHERE id = :account{states}{dialect.locked()}"
    if not (yield statement, {"account": account_id}) and may_log_in:
        raise Conflict("The account is gone.", guard="exists")


def add_application(dialect: Dialect, operation: AddApplication) -> Steps[None]:
    """A registered application; guards `id`, `client_id`."""
    application = operation.application
    values = {name: getattr(application, name) for name in APPLICATION}
    values |= {
        "redirect_uris": as_json(application.redirect_uris),
        "scopes": as_json(application.scopes),
    }
    yield _APPLICATION, values


def sweep_applications(dialect: Dialect, operation: SweepApplications) -> Steps[None]:
    """Remove old applications that were never used."""
    chosen = (
        "SELECT id FROM applications WHERE NOT used AND created_at < :before"
        " ORDER BY created_at, id LIMIT :limit"
    )
    statement = (
        f"{dialect.chosen(chosen)} DELETE FROM applications WHERE id IN (SELECT id FROM chosen) AND NOT used"
    )
    yield statement, {"before": operation.before, "limit": operation.limit}


def _use(application_id: int) -> Steps[None]:
    if not (yield _USE, {"application": application_id}):
        raise Conflict("The application is gone.", guard="exists")


def add_code(dialect: Dialect, operation: AddCode) -> Steps[None]:
    """Somebody allowed something; guard `exists`."""
    code = operation.code
    chosen = (
        "SELECT code_hash FROM authorization_codes WHERE used_at IS NULL AND expires_at <= :now"
        f" ORDER BY expires_at LIMIT {CODES_SWEPT}"
    )
    sweep = (
        f"{dialect.chosen(chosen)} DELETE FROM authorization_codes"
        " WHERE code_hash IN (SELECT code_hash FROM chosen)"
    )
    yield from _lock(dialect, code.account_id, may_log_in=True)
    yield from _use(code.application_id)
    yield sweep, {"now": code.created_at}
    values = {name: getattr(code, name) for name in CODE}
    yield _CODE, values | {"scopes": as_json(code.scopes)}


def redeem_code(dialect: Dialect, operation: RedeemCode) -> Steps[None]:
    """Exchange a code for a token; guards `code`, `exists`, `id`."""
    token = operation.token
    values = {
        "code_hash": token.code_hash,
        "now": token.created_at,
        "application": token.application_id,
        "account": token.account_id,
    }
    if token.account_id is None:
        raise Conflict("A code is somebody's.", guard="code")
    yield from _lock(dialect, token.account_id, may_log_in=False)
    if not (yield _REDEEM, values):
        raise Conflict("This code was used, or is none.", guard="code")
    yield from _lock(dialect, token.account_id, may_log_in=True)
    yield from _add(token)
    allowed = {
        "account_id": token.account_id,
        "application_id": token.application_id,
        "id": operation.authorisation_id,
        "scopes": as_json(token.scopes),
        "first_at": token.created_at,
        "last_at": token.created_at,
    }
    yield _ALLOW, allowed


def add_token(dialect: Dialect, operation: AddToken) -> Steps[None]:
    """A token of the application itself; guards `exists`, `id`."""
    yield from _use(operation.token.application_id)
    yield from _add(operation.token)


def _add(token: AccessToken) -> Steps[None]:
    values = {name: getattr(token, name) for name in TOKEN}
    yield _TOKEN, values | {"scopes": as_json(values["scopes"])}


def delete_token(dialect: Dialect, operation: DeleteToken) -> Steps[None]:
    """End a token."""
    statement = "DELETE FROM access_tokens WHERE token_hash = :token_hash RETURNING account_id, code_hash"
    ended = yield statement, {"token_hash": operation.token_hash}
    if ended and ended[0][0] is not None:
        account, code_hash = ended[0]
        yield "DELETE FROM authorization_codes WHERE code_hash = :code_hash", {"code_hash": code_hash}
        yield _FORGET_UNUSED, {"account": account}
        yield _FORGET_PUSH, {"account": account}


def delete_tokens_of_code(dialect: Dialect, operation: DeleteTokensOfCode) -> Steps[None]:
    """End what a code gave."""
    values = {"account": operation.account_id, "code_hash": operation.code_hash}
    yield from _lock(dialect, operation.account_id, may_log_in=False)
    for table in ("access_tokens", "authorization_codes"):
        yield f"DELETE FROM {table} WHERE account_id = :account AND code_hash = :code_hash", values
    yield _FORGET_UNUSED, values
    yield _FORGET_PUSH, {"account": operation.account_id}


def delete_tokens(dialect: Dialect, operation: DeleteTokens) -> Steps[None]:
    """End all tokens and codes of an account, or those of one application."""
    yield from _lock(dialect, operation.account_id, may_log_in=False)
    values = {"account": operation.account_id}
    which = "account_id = :account"
    if operation.application_id is not None:
        values["application"] = operation.application_id
        which += " AND application_id = :application"
    for table in ("authorisations", "access_tokens", "authorization_codes"):
        yield f"DELETE FROM {table} WHERE {which}", values
    yield _FORGET_PUSH, {"account": operation.account_id}
