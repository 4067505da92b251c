"""Accounts, log-ins and sessions."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState, confusable_key, email_key
from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddAccount,
    AddSession,
    DeleteSession,
    DeleteSessions,
    DeleteTokens,
    SetAccountState,
    UpdateLogin,
    UpdateProfile,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import ACCOUNT, LOGIN, as_json, flags_of, insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes import search, statistics, trends
from microblog_plugins.sql.writes.applications import delete_tokens
from microblog_plugins.sql.writes.ranks import check_standing

_ACCOUNT = insert("accounts", [*ACCOUNT, "username_key", "skeleton"])
_LOGIN = insert("logins", [*LOGIN, "email_key"])
_CHANGED = "display_name bio bio_html fields bot".split()
_PROFILE = (
    "UPDATE accounts SET revision = revision + 1,"
    f" {', '.join(f'{name} = COALESCE(:{name}, {name})' for name in _CHANGED)},"
    " flags = (flags & :kept) | :set, version = version + 1"
    " WHERE id = :id AND version = :version RETURNING username"
)
_STATE = (
    "UPDATE accounts SET revision = revision + 1, state = COALESCE(:state, state),"
    " role = COALESCE(:role, role), version = version + 1"
    " WHERE id = :id AND (CAST(:only_from AS TEXT) IS NULL OR state = :only_from) RETURNING state"
)
_UPDATE_LOGIN = (
    "UPDATE logins SET email = COALESCE(:email, email), email_key = COALESCE(:email_key, email_key),"
    " email_confirmed_at = CASE WHEN COALESCE(:email_key, email_key) = email_key THEN email_confirmed_at"
    " ELSE 0 END,"
    " password_hash = COALESCE(:password_hash, password_hash),"
    " password_changed_at = COALESCE(:password_changed_at, password_changed_at),"
    " locale = COALESCE(:locale, locale),"
    " default_visibility = COALESCE(:default_visibility, default_visibility),"
    " default_sensitive = COALESCE(:default_sensitive, default_sensitive),"
    " default_language = COALESCE(:default_language, default_language),"
    " timezone = COALESCE(:timezone, timezone), theme = COALESCE(:theme, theme),"
    " density = COALESCE(:density, density), motion = COALESCE(:motion, motion)"
    " WHERE account_id = :id RETURNING account_id"
)
_SESSION = (
    "INSERT INTO sessions (token_hash, account_id, created_at, expires_at, user_agent, address)"
    " SELECT CAST(:token_hash AS TEXT), id, CAST(:created_at AS BIGINT), CAST(:expires_at AS BIGINT),"
    " CAST(:user_agent AS TEXT), CAST(:address AS TEXT) FROM accounts WHERE id = :account"
)
_FORGET_SESSIONS = "DELETE FROM sessions WHERE account_id = :account AND expires_at <= :now"
_CAN_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


def add_account(dialect: Dialect, operation: AddAccount) -> Steps[None]:
    """A new account; guards `id`, `username`, `email`."""
    account, login = operation.account, operation.login
    values = {name: getattr(account, name) for name in ACCOUNT if name != "flags"}
    values |= {
        "flags": flags_of(account),
        "fields": as_json(account.fields),
        "username_key": account.username_key,
        "skeleton": confusable_key(account.username),
        "role": str(account.role),
        "state": str(account.state),
    }
    yield _ACCOUNT, values
    yield from search.name_account(dialect, account.id, (account.username, account.display_name))
    if login is not None:
        yield _LOGIN, {name: getattr(login, name) for name in LOGIN} | {"email_key": email_key(login.email)}


def update_profile(dialect: Dialect, operation: UpdateProfile) -> Steps[None]:
    """New profile; guards `exists`, `version`."""
    values = {
        "id": operation.account_id,
        "version": operation.version,
        "display_name": operation.display_name,
        "bio": operation.bio,
        "bio_html": operation.bio_html,
        "fields": None if operation.fields is None else as_json(operation.fields),
        "bot": operation.bot,
        "kept": ~flags_of(operation, chosen=True),
        "set": flags_of(operation),
    }
    changed = yield _PROFILE, values
    if not changed:
        if (yield "SELECT id FROM accounts WHERE id = :id", values):
            raise Conflict("The profile was changed in between.", guard="version")
        raise Conflict("The account is gone.", guard="exists")
    if operation.display_name is not None:
        names = changed[0][0], operation.display_name
        yield from search.rename_account(dialect, operation.account_id, names)


def set_account_state(dialect: Dialect, operation: SetAccountState) -> Steps[None]:
    """New state or role; guards `exists`, `state`, `version`, `rank`, `owner`."""
    yield from check_standing(dialect, operation)
    values = {
        "id": operation.account_id,
        "state": None if operation.state is None else str(operation.state),
        "role": None if operation.role is None else str(operation.role),
        "only_from": None if operation.only_from is None else str(operation.only_from),
    }
    changed = yield _STATE, values
    if not changed:
        raise Conflict("The account is in another state.", guard="state")
    state = AccountState(changed[0][0])
    if operation.state is not None:
        yield from trends.recount_tags(dialect, operation.account_id, state)
        yield from statistics.mark_tagged(operation.account_id)
    if state not in _CAN_LOG_IN:
        yield "DELETE FROM sessions WHERE account_id = :id", values
        yield from delete_tokens(dialect, DeleteTokens(account_id=operation.account_id))
    if state is AccountState.DELETED:
        yield "DELETE FROM logins WHERE account_id = :id", values


def update_login(dialect: Dialect, operation: UpdateLogin) -> Steps[None]:
    """New log-in data; guards `exists`, `email`."""
    values = {
        "id": operation.account_id,
        "email": operation.email,
        "email_key": None if operation.email is None else email_key(operation.email),
        "password_hash": operation.password_hash,
        "password_changed_at": operation.password_changed_at,
        "locale": operation.locale,
        "default_visibility": operation.default_visibility,
        "default_sensitive": operation.default_sensitive,
        "default_language": operation.default_language,
        "timezone": operation.timezone,
        "theme": operation.theme,
        "density": operation.density,
        "motion": operation.motion,
    }
    if not (yield _UPDATE_LOGIN, values):
        raise Conflict("The log-in is gone.", guard="exists")


def add_session(dialect: Dialect, operation: AddSession) -> Steps[None]:
    """A log-in; nothing where the account is gone. Those of the account that have expired go."""
    session = operation.session
    yield _FORGET_SESSIONS, {"account": session.account_id, "now": session.created_at}
    yield (
        _SESSION,
        {
            "token_hash": session.token_hash,
            "account": session.account_id,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "user_agent": session.user_agent,
            "address": session.address,
        },
    )
    yield from statistics.note_log_in(session.account_id, session.created_at)


def delete_session(dialect: Dialect, operation: DeleteSession) -> Steps[None]:
    """A log-out."""
    yield "DELETE FROM sessions WHERE token_hash = :token_hash", {"token_hash": operation.token_hash}


def delete_sessions(dialect: Dialect, operation: DeleteSessions) -> Steps[None]:
    """All log-ins of an account, but maybe one."""
    statement = "DELETE FROM sessions WHERE account_id = :account AND token_hash <> :kept"
    yield statement, {"account": operation.account_id, "kept": operation.keep_token_hash}
