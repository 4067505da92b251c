"""Log in with a name or address and a password. Guessing is throttled per account hard, per address
generously.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account, AccountState, email_key
from microblog_core.domain.errors import Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports

ACCOUNT_TRIES = 10
ADDRESS_TRIES = 300
TRIES_SECONDS = 900.0

_WRONG = "The name or the password is wrong."
_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as typed: a username or an e-mail address, and a password."""

    name: str
    password: str


async def log_in(ports: Ports, actor: Actor, command: LogIn) -> Account:
    """Return the account whose password this is.

    Says the same, in the same time, for a wrong password and an unknown name. Raises `Unauthenticated`,
    `RateLimited`.
    """
    name = email_key(command.name).removeprefix("@")
    tries, seconds = ports.limits.rates.get("log_in_address", (ADDRESS_TRIES, TRIES_SECONDS))
    await ports.limiter.hit(f"log_in:address:{actor.address}", limit=tries, per=seconds)
    found = await ports.storage.accounts.login(name) if name else None
    key = f"log_in:account:{found[0].id if found else name[:100]}"
    tries, seconds = ports.limits.rates.get("log_in", (ACCOUNT_TRIES, TRIES_SECONDS))
    await ports.limiter.hit(key, limit=tries, per=seconds)
    good = await ports.passwords.verify(found[1].password_hash if found else "", command.password)
    if found is None or not good:
        raise Unauthenticated(_WRONG, hint="Mind capital letters in the password.")
    account = found[0]
    if account.state not in _MAY_LOG_IN:
        raise _refusal(account.state)
    await ports.limiter.forget(key)
    return account


def _refusal(state: AccountState) -> Unauthenticated:
    """Why somebody who has shown who they are can't log in."""
    if state is AccountState.PENDING:
        return Unauthenticated(
            "Your account waits for the people who run this site to approve it.",
            hint="You can log in as soon as they have.",
            code="account_pending",
        )
    if state is AccountState.LEAVING:
        return Unauthenticated(
            "Your account is to be deleted.", hint="Log in on the website to keep it.", code="account_leaving"
        )
    return Unauthenticated(
        "This account can't log in.", hint="Ask the people who run this site.", code="account_disabled"
    )
