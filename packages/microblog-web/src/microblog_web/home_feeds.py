"""Everybody's own secret address for a feed of their home timeline.

Nothing that opens the feed is stored: the address holds a code that is derived from the site's secret, from a
number that each new address changes, and from the log-in, so that a new password or e-mail address ends it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

from microblog_core.domain.accounts import Account, AccountState, Login
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.ports.context import Ports

OWNER = "web"
PURPOSE = "web home feed"
_CODE_BYTES = 16
_STATES = (AccountState.ACTIVE, AccountState.SILENCED)


async def make_address(ports: Ports, actor: Actor) -> None:
    """Begin a feed, or give it another address; the earlier one ends. Raises `Unauthenticated`."""
    account = require_account(actor)
    unit = ports.unit()
    unit.plugins.put(OWNER, _key(account.id), secrets.token_bytes(_CODE_BYTES))
    await unit.commit()


async def end_address(ports: Ports, actor: Actor) -> None:
    """End the feed; doing it again changes nothing. Raises `Unauthenticated`."""
    unit = ports.unit()
    unit.plugins.delete(OWNER, _key(require_account(actor).id))
    await unit.commit()


async def read_token(ports: Ports, actor: Actor, keys: Sequence[bytes]) -> str:
    """What the actor's address ends in, empty where there is none. Raises `Unauthenticated`."""
    account = require_account(actor)
    number = await _number(ports, account.id)
    login = await ports.storage.accounts.login_of(account.id)
    if number is None or login is None:
        return ""
    return f"{account.id}.{_code(keys[0], number, login)}"


async def owner_of(ports: Ports, token: str, keys: Sequence[bytes]) -> Account:
    """Whose feed it is. Raises `NotFound` for any address that is not, or no longer, one."""
    account_id = parse_id(token.partition(".")[0])
    code = token.partition(".")[2]
    number = await _number(ports, account_id) if account_id is not None else None
    if account_id is not None and number is not None and code.isascii():
        login = await ports.storage.accounts.login_of(account_id)
        account = await ports.storage.accounts.get(account_id)
        known = login is not None and any(
            hmac.compare_digest(code, _code(key, number, login)) for key in keys
        )
        if known and account is not None and account.state in _STATES:
            return account
    raise NotFound("There is no feed at this address.", hint="Get a new address in your settings.")


async def _number(ports: Ports, account_id: int) -> bytes | None:
    key = _key(account_id)
    return (await ports.storage.values(OWNER, key)).get(key)


def _key(account_id: int) -> str:
    return f"home-feed:{account_id}:"


def _code(key: bytes, number: bytes, login: Login) -> str:
    parts = (str(login.account_id), number.hex(), str(login.password_changed_at), login.email)
    return hmac.digest(key, "\0".join(parts).encode(), "sha256")[:_CODE_BYTES].hex()
