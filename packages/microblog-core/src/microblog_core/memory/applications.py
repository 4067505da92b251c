"""Applications, codes and tokens: what is read and written of them."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.applications import AccessToken, Application, Authorisation, AuthorizationCode
from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Allowed, Tables
from microblog_core.ports.applications import TokenRow
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

_CAN_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


class ApplicationReads:
    """A `ports.storage.ApplicationReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def by_client_id(self, client_id: str) -> Application | None:
        """The application that calls itself so."""
        found = self._tables.applications.rows.values()
        return next((each for each in found if each.client_id == client_id), None)

    async def code(self, code_hash: str) -> AuthorizationCode | None:
        """The code, whether it was used or has expired."""
        return self._tables.codes.get(code_hash)

    async def token(self, token_hash: str) -> TokenRow | None:
        """The token, if it is the application's own or its account may log in."""
        token = self._tables.tokens.get(token_hash)
        application = None if token is None else self._tables.applications.get(token.application_id)
        if token is None or application is None:
            return None
        if token.account_id is None:
            return TokenRow(token=token, application=application, account=None, login=None)
        account, login = (
            self._tables.accounts.get(token.account_id),
            self._tables.logins.get(token.account_id),
        )
        if account is None or login is None or account.state not in _CAN_LOG_IN:
            return None
        return TokenRow(token=token, application=application, account=account, login=login)

    async def living(self, token_ids: Collection[int]) -> frozenset[int]:
        """Those of these tokens that `token` would still find."""
        return frozenset(
            [
                token.id
                for token in self._tables.tokens.rows.values()
                if token.id in token_ids and await self.token(token.token_hash) is not None
            ]
        )

    async def authorised(self, account_id: int, page: Page) -> Listing[Authorisation]:
        """The applications that have tokens of this account, newest authorisation first."""
        found = (
            Authorisation(
                id=allowed.id,
                application=self._tables.applications.rows[application_id],
                scopes=allowed.scopes,
                first_at=allowed.first_at,
                last_at=allowed.last_at,
            )
            for (owner, application_id), allowed in self._tables.authorisations.rows.items()
            if owner == account_id
        )
        return cut(found, page, lambda authorisation: authorisation.id)


def add_application(tables: Tables, operation: AddApplication) -> None:
    """A registered application; guards `id`, `client_id`."""
    application = operation.application
    if application.id in tables.applications:
        raise Conflict("An application with this id exists.", guard="id")
    if any(each.client_id == application.client_id for each in tables.applications.rows.values()):
        raise Conflict("An application with this client id exists.", guard="client_id")
    tables.applications.put(application.id, application)


def sweep_applications(tables: Tables, operation: SweepApplications) -> None:
    """Remove old applications that were never used."""
    unused = sorted(
        application.id
        for application in tables.applications.rows.values()
        if application.created_at < operation.before and application.id not in tables.used_applications
    )
    for application_id in unused[: operation.limit]:
        tables.applications.remove(application_id)


def add_code(tables: Tables, operation: AddCode) -> None:
    """Somebody allowed something; guard `exists`."""
    code = operation.code
    _use(tables, code.application_id)
    _check_may_log_in(tables, code.account_id)
    for old in tuple(tables.codes.rows.values()):
        if old.used_at is None and old.expires_at <= code.created_at:
            tables.codes.remove(old.code_hash)
    tables.codes.put(code.code_hash, code)


def redeem_code(tables: Tables, operation: RedeemCode) -> None:
    """Exchange a code for a token; guards `code`, `exists`, `id`."""
    token = operation.token
    code = tables.codes.get(token.code_hash)
    good = (
        code is not None
        and code.used_at is None
        and code.expires_at > token.created_at
        and (code.application_id, code.account_id) == (token.application_id, token.account_id)
    )
    if code is None or not good:
        raise Conflict("This code was used, or is none.", guard="code")
    _check_may_log_in(tables, code.account_id)
    tables.codes.put(code.code_hash, replace(code, used_at=token.created_at))
    _put_token(tables, token)
    key = (code.account_id, code.application_id)
    before = tables.authorisations.get(key)
    allowed = before or Allowed(operation.authorisation_id, token.created_at, token.created_at, ())
    tables.authorisations.put(key, replace(allowed, last_at=token.created_at, scopes=token.scopes))


def add_token(tables: Tables, operation: AddToken) -> None:
    """A token of the application itself; guards `exists`, `id`."""
    _use(tables, operation.token.application_id)
    _put_token(tables, operation.token)


def _put_token(tables: Tables, token: AccessToken) -> None:
    same = any(each.id == token.id for each in tables.tokens.rows.values())
    if same or token.token_hash in tables.tokens:
        raise Conflict("A token with this id exists.", guard="id")
    tables.tokens.put(token.token_hash, token)


def _use(tables: Tables, application_id: int) -> None:
    if application_id not in tables.applications:
        raise Conflict("The application is gone.", guard="exists")
    tables.used_applications.put(application_id, True)


def _check_may_log_in(tables: Tables, account_id: int) -> None:
    account = tables.accounts.get(account_id)
    if account is None or account.state not in _CAN_LOG_IN:
        raise Conflict("The account is gone.", guard="exists")


def delete_token(tables: Tables, operation: DeleteToken) -> None:
    """End a token."""
    token = tables.tokens.remove(operation.token_hash)
    if token is not None and token.account_id is not None:
        tables.codes.remove(token.code_hash)
        _forget_unused(tables, token.account_id)


def delete_tokens_of_code(tables: Tables, operation: DeleteTokensOfCode) -> None:
    """End what a code gave."""
    for token in tuple(tables.tokens.rows.values()):
        if (token.code_hash, token.account_id) == (operation.code_hash, operation.account_id):
            tables.tokens.remove(token.token_hash)
    code = tables.codes.get(operation.code_hash)
    if code is not None and code.account_id == operation.account_id:
        tables.codes.remove(code.code_hash)
    _forget_unused(tables, operation.account_id)


def delete_tokens(tables: Tables, operation: DeleteTokens) -> None:
    """End all tokens and codes of an account, or those of one application."""
    for token in tuple(tables.tokens.rows.values()):
        if _concerns(operation, token):
            tables.tokens.remove(token.token_hash)
    for code in tuple(tables.codes.rows.values()):
        if _concerns(operation, code):
            tables.codes.remove(code.code_hash)
    _forget_unused(tables, operation.account_id)


def _concerns(operation: DeleteTokens, row: AccessToken | AuthorizationCode) -> bool:
    return row.account_id == operation.account_id and operation.application_id in (None, row.application_id)


def _forget_unused(tables: Tables, account_id: int) -> None:
    """Applications without a token of the account leave its list, subscriptions without one go."""
    own = {token.id for token in tables.tokens.rows.values() if token.account_id == account_id}
    for subscription in tuple(tables.push.rows.values()):
        if subscription.account_id == account_id and subscription.token_id not in own:
            tables.push.remove(subscription.token_id)
    used = {token.application_id for token in tables.tokens.rows.values() if token.account_id == account_id}
    for owner, application_id in tuple(tables.authorisations.rows):
        if owner == account_id and application_id not in used:
            tables.authorisations.remove((owner, application_id))
