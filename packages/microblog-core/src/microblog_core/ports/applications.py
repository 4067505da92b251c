"""What a storage tells of applications and their tokens; a part of the storage contract (`ports.storage`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.applications import AccessToken, Application, Authorisation, AuthorizationCode
from microblog_core.domain.timelines import Listing, Page


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """An access token with all that a request needs to know; account and log-in are None for a token of the
    application itself.
    """

    token: AccessToken
    application: Application
    account: Account | None
    login: Login | None


class ApplicationReader(Protocol):
    """Applications, and what people let them do."""

    async def by_client_id(self, client_id: str) -> Application | None:
        """The application that calls itself so."""
        ...

    async def code(self, code_hash: str) -> AuthorizationCode | None:
        """The code, whether it was used or has expired."""
        ...

    async def token(self, token_hash: str) -> TokenRow | None:
        """The token, if it is the application's own or its account may log in."""
        ...

    async def living(self, token_ids: Collection[int]) -> frozenset[int]:
        """Those of these tokens that `token` would still find; one statement for all."""
        ...

    async def authorised(self, account_id: int, page: Page) -> Listing[Authorisation]:
        """The applications that have tokens of this account, newest authorisation first."""
        ...
