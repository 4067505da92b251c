"""Operations on accounts, log-ins and sessions."""

from __future__ import annotations

from microblog_core.domain.accounts import Account, AccountState, Login, ProfileField, Role, Session
from microblog_core.ports.operations.base import Operation


class AddAccount(Operation, frozen=True, kw_only=True):
    """A new account, with a log-in if it is local.

    Guards: `id`; `username` (name or look-alike taken, or held by a deleted account); `email`.
    """

    account: Account
    login: Login | None = None

    def changed(self) -> tuple[str, ...]:
        """Nothing cached names it yet."""
        return (f"account:{self.account.id}", "accounts")


class UpdateProfile(Operation, frozen=True, kw_only=True):
    """New profile; None leaves a value. The account's version becomes `version + 1`. Guards: `exists`,
    `version`.
    """

    account_id: int
    version: int
    display_name: str | None = None
    bio: str | None = None
    bio_html: str | None = None
    fields: tuple[ProfileField, ...] | None = None
    bot: bool | None = None
    locked: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the account."""
        return (f"account:{self.account_id}",)


class SetAccountState(Operation, frozen=True, kw_only=True):
    """New state or role (None leaves it); the version grows by one.

    States that can't log in also end all sessions and tokens. `deleted` frees the e-mail address, never the
    name. Guards: `exists`; `state` (the account is not in the state `only_from`, where that is given);
    `owner` (nobody would be left who is an owner and can log in); `version` (the
    account is not of this version any more), where one is given; `rank`, where somebody does it: `by` may not
    act on this account or give this role (`domain.ranks`). Everybody may take a lower role themselves.
    """

    account_id: int
    state: AccountState | None = None
    role: Role | None = None
    only_from: AccountState | None = None
    version: int | None = None
    by: int | None = None

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the account, and listings that it appears in or not."""
        # Who is shown again may belong on pages without a key of theirs: `account-states` is on each.
        own = (f"account:{self.account_id}", f"sessions:{self.account_id}", f"tokens:{self.account_id}")
        return (*own, "public", "account-states")


class UpdateLogin(Operation, frozen=True, kw_only=True):
    """New log-in data; None leaves a value. Another address is not confirmed. Guards: `exists`, `email`."""

    account_id: int
    email: str | None = None
    password_hash: str | None = None
    password_changed_at: int | None = None
    locale: str | None = None
    default_visibility: str | None = None
    default_sensitive: bool | None = None
    default_language: str | None = None
    timezone: str | None = None
    theme: str | None = None
    density: str | None = None
    motion: str | None = None

    def changed(self) -> tuple[str, ...]:
        """Sessions and tokens carry preferences with them."""
        return (f"sessions:{self.account_id}", f"tokens:{self.account_id}")


class AddSession(Operation, frozen=True, kw_only=True):
    """A log-in in one browser."""

    session: Session


class DeleteSession(Operation, frozen=True, kw_only=True):
    """A log-out."""

    token_hash: str

    def changed(self) -> tuple[str, ...]:
        """The session."""
        return (f"session:{self.token_hash}",)


class DeleteSessions(Operation, frozen=True, kw_only=True):
    """All log-ins of an account, but maybe one."""

    account_id: int
    keep_token_hash: str = ""

    def changed(self) -> tuple[str, ...]:
        """All sessions of the account."""
        return (f"sessions:{self.account_id}",)
