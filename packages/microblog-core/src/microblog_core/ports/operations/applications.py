"""Operations on applications, authorization codes and access tokens."""

from __future__ import annotations

from microblog_core.domain.applications import AccessToken, Application, AuthorizationCode
from microblog_core.ports.operations.base import Operation


class AddApplication(Operation, frozen=True, kw_only=True):
    """A registered application. Guards: `id`, `client_id`."""

    application: Application


class SweepApplications(Operation, frozen=True, kw_only=True):
    """Remove up to `limit` applications that were made before `before` (Unix milliseconds), the oldest first,
    and that nobody has ever allowed anything or given a token.
    """

    before: int
    limit: int


class AddCode(Operation, frozen=True, kw_only=True):
    """Somebody allowed an application something. Codes that have expired unused at `code.created_at` go, at
    most a hundred at once.

    Guard: `exists` (the application is gone, or the account may not log in any more).
    """

    code: AuthorizationCode


class RedeemCode(Operation, frozen=True, kw_only=True):
    """Exchange the code `token.code_hash` for this token at `token.created_at`.

    Application, account and scopes of the token are those of the code. `authorisation_id` is for the list of
    applications that the account allowed, where this one is new there. Guards: `code` (gone, used, expired,
    or of another application or account), `exists` (the account may not log in any more), `id`.
    """

    token: AccessToken
    authorisation_id: int


class AddToken(Operation, frozen=True, kw_only=True):
    """A token of the application itself, without an account. Guards: `exists` (the application is gone),
    `id`.
    """

    token: AccessToken


class DeleteToken(Operation, frozen=True, kw_only=True):
    """End a token. An application without another token of this account leaves the account's list."""

    token_hash: str

    def changed(self) -> tuple[str, ...]:
        """The token."""
        return (f"token:{self.token_hash}",)


class DeleteTokensOfCode(Operation, frozen=True, kw_only=True):
    """End what a code of this account gave, and the code."""

    code_hash: str
    account_id: int

    def changed(self) -> tuple[str, ...]:
        """All tokens of the account."""
        return (f"tokens:{self.account_id}",)


class DeleteTokens(Operation, frozen=True, kw_only=True):
    """End all tokens and codes of an account, or those of one application."""

    account_id: int
    application_id: int | None = None

    def changed(self) -> tuple[str, ...]:
        """All tokens of the account."""
        return (f"tokens:{self.account_id}",)
