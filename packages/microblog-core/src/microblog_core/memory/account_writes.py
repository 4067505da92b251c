"""What operations on accounts, log-ins and sessions write."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, confusable_key, email_key
from microblog_core.domain.errors import Conflict
from microblog_core.domain.ranks import check_owner_left, check_rank, check_role_change, standing_of
from microblog_core.memory.applications import delete_tokens
from microblog_core.memory.statistics_writes import mark_tagged, note_log_in
from microblog_core.memory.tables import Tables
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

_PROFILE = (
    *("display_name", "bio", "bio_html", "fields", "bot"),
    *("locked", "discoverable", "indexable", "hide_collections"),
)
CAN_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


def add_account(tables: Tables, operation: AddAccount) -> None:
    """A new account; guards `id`, `username`, `email`."""
    account, login = operation.account, operation.login
    name, skeleton = (account.username_key, account.domain), confusable_key(account.username)
    if account.id in tables.accounts:
        raise Conflict("An account with this id exists.", guard="id")
    if name in tables.names or (not account.domain and skeleton in tables.skeletons):
        raise Conflict("This name, or one that looks like it, is taken.", guard="username")
    tables.accounts.put(account.id, account)
    tables.names.put(name, account.id)
    if not account.domain:
        tables.skeletons.put(skeleton, account.id)
    if login is not None:
        _take_email(tables, account.id, login.email)
        tables.logins.put(account.id, login)


def _take_email(tables: Tables, account_id: int, email: str) -> None:
    if tables.emails.get(email_key(email)) not in (None, account_id):
        raise Conflict("This address belongs to another account.", guard="email")
    tables.emails.put(email_key(email), account_id)


def update_profile(tables: Tables, operation: UpdateProfile) -> None:
    """New profile; guards `exists`, `version`."""
    account = tables.accounts.get(operation.account_id)
    if account is None:
        raise Conflict("The account is gone.", guard="exists")
    if account.version != operation.version:
        raise Conflict("The profile was changed in between.", guard="version")
    given = {name: getattr(operation, name) for name in _PROFILE}
    changed = replace(
        account,
        version=account.version + 1,
        **{name: value for name, value in given.items() if value is not None},
    )
    tables.accounts.put(account.id, changed)


def set_account_state(tables: Tables, operation: SetAccountState) -> None:
    """New state or role; guards `exists`, `version`, `rank`, `owner`."""
    account = tables.accounts.get(operation.account_id)
    if account is None:
        raise Conflict("The account is gone.", guard="exists")
    if operation.only_from not in (None, account.state):
        raise Conflict("The account is in another state.", guard="state")
    if operation.version not in (None, account.version):
        raise Conflict("The account changed in between.", guard="version")
    state = account.state if operation.state is None else operation.state
    role = account.role if operation.role is None else operation.role
    _check_standing(tables, operation, account, replace(account, state=state, role=role))
    tables.accounts.put(account.id, replace(account, state=state, role=role, version=account.version + 1))
    if operation.state is not None:
        mark_tagged(tables, account.id)
    if state not in CAN_LOG_IN:
        delete_sessions(tables, DeleteSessions(account_id=account.id))
        delete_tokens(tables, DeleteTokens(account_id=account.id))
    if state is AccountState.DELETED:
        login = tables.logins.remove(account.id)
        if login is not None:
            tables.emails.remove(email_key(login.email))


def _check_standing(tables: Tables, operation: SetAccountState, account: Account, after: Account) -> None:
    if operation.by is not None:
        actor = tables.accounts.get(operation.by)
        by = None if actor is None else standing_of(actor)
        if operation.role is not None:
            check_role_change(by, standing_of(account), operation.role)
        if operation.state is not None:
            check_rank(by, standing_of(account))
    others = (standing_of(each) for each in tables.accounts.rows.values() if each.id != account.id)
    check_owner_left(standing_of(account), standing_of(after), others)


def update_login(tables: Tables, operation: UpdateLogin) -> None:
    """New log-in data; guards `exists`, `email`."""
    login = tables.logins.get(operation.account_id)
    if login is None:
        raise Conflict("The log-in is gone.", guard="exists")
    given = {
        "email": operation.email,
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
    changed = replace(login, **{name: value for name, value in given.items() if value is not None})
    if email_key(changed.email) != email_key(login.email):
        changed = replace(changed, email_confirmed_at=0)
    tables.emails.remove(email_key(login.email))
    _take_email(tables, login.account_id, changed.email)
    tables.logins.put(login.account_id, changed)


def add_session(tables: Tables, operation: AddSession) -> None:
    """A log-in; nothing where the account is gone."""
    session = operation.session
    if session.account_id in tables.accounts:
        tables.sessions.put(session.token_hash, session)
        note_log_in(tables, session.account_id, session.created_at)


def delete_session(tables: Tables, operation: DeleteSession) -> None:
    """A log-out."""
    tables.sessions.remove(operation.token_hash)


def delete_sessions(tables: Tables, operation: DeleteSessions) -> None:
    """All log-ins of an account, but maybe one."""
    for session in tuple(tables.sessions.rows.values()):
        if session.account_id == operation.account_id and session.token_hash != operation.keep_token_hash:
            tables.sessions.remove(session.token_hash)
