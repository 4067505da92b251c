"""Keys: make one, list them, revoke one, and find out whom one speaks for.

They lie in the plugin store: `key:HASH` is what a key may do, `own:ACCOUNT:ID` finds it for its owner, and
`used:ACCOUNT:ID` says when it was used last, beside it, so that noting that never brings back a key that is
being revoked. What is kept of a key itself is SHA-256.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, clean_line
from microblog_core.domain.applications import SCOPES, check_scopes, expanded
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import audited, authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import value_key
from microblog_core.services.mails import password_mark
from microblog_core.services.sessions import hash_token
from microblog_plugins.apikeys.scopes import for_keys
from microblog_plugins.apikeys.tokens import SHOWN, is_token, new_token

STORE = "apikeys"
NAME_LENGTH = 60
DAY = 24 * 3600 * 1000
DEFAULT_MOST = 20
DEFAULT_DAYS = 90

_CACHED_BYTES = 2048
_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is stored. `begins` are its first letters; `expires_at` is 0 where it has no end; moments
    are Unix milliseconds. `mark` is `password_mark` when it was made: as tokens of applications do, it ends
    with the password or the address of that time.
    """

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    begins: str
    mark: str
    created_at: int
    expires_at: int = 0


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A key in a list. `ended` says why it works no more: `expired`, `password`, or nothing; `used_at` is 0
    for never, else the day.
    """

    key: Key
    used_at: int
    ended: str = ""


class NewKey(msgspec.Struct, frozen=True):
    """A key just made; `token` is told once and stored nowhere."""

    token: str
    key: Key


class MakeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a key. `days` is how long it lives, 0 for without an end; `longest_days` and `most` are
    the site's limits, `offered` all scopes that it has for keys.
    """

    name: str
    scopes: Sequence[str]
    days: int
    offered: Collection[str] = tuple(for_keys(SCOPES))
    longest_days: int = 0
    most: int = DEFAULT_MOST


class MakeKeyFor(msgspec.Struct, frozen=True, kw_only=True):
    """An operator makes a key that speaks for this account."""

    account_id: int
    key: MakeKey


class RevokeKey(msgspec.Struct, frozen=True, kw_only=True):
    """End a key of this account."""

    account_id: int
    key_id: int


class Known(msgspec.Struct, frozen=True):
    """Whom a key speaks for."""

    key: Key
    account: Account

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope that its own ones contain."""
        return expanded(self.key.scopes)


@authorised("account.write")
@rate_limited("apikeys", limit=30, per=3600)
@audited("apikeys.made", lambda command: command.name)
async def make_key(ports: Ports, actor: Actor, command: MakeKey) -> NewKey:
    """Make a key of the actor's; the answer is the only place where it stands.

    Raises `Invalid` (fields `name`, `scopes`, `days`), `RateLimited`.
    """
    return await _make(ports, require_account(actor).id, command)


@authorised("accounts.manage")
@audited("apikeys.made", lambda command: command.account_id, lambda command: command.key.name)
async def make_key_for(ports: Ports, actor: Actor, command: MakeKeyFor) -> NewKey:
    """Make a key of somebody's, who sees it among theirs. Raises `Invalid` (as `make_key`), `NotFound`."""
    return await _make(ports, command.account_id, command.key)


async def _make(ports: Ports, account_id: int, command: MakeKey) -> NewKey:
    now = ports.clock.now()
    login = await ports.storage.accounts.login_of(account_id)
    if login is None:
        raise NotFound("This account has no log-in here.")
    own = await ports.storage.values(STORE, f"own:{account_id}:")
    name, scopes = _checked(command, len(own))
    token, key_id = new_token(), ports.ids.at(now)
    key = Key(
        id=key_id,
        account_id=account_id,
        name=name,
        scopes=scopes,
        begins=token[:SHOWN],
        mark=password_mark(login),
        created_at=now,
        expires_at=now + command.days * DAY if command.days else 0,
    )
    token_hash = hash_token(token)
    unit = ports.unit()
    unit.plugins.put(STORE, f"key:{token_hash}", msgspec.json.encode(key))
    unit.plugins.put(STORE, f"own:{account_id}:{key_id}", token_hash.encode())
    await unit.commit()
    return NewKey(token, key)


def _checked(command: MakeKey, number: int) -> tuple[str, tuple[str, ...]]:
    """Name and scopes; all wrong fields are told at once. Raises `Invalid`."""
    errors: dict[str, str] = {}
    name = clean_line(command.name)
    if not name or len(name) > NAME_LENGTH:
        errors["name"] = f"Give it a name of 1 to {NAME_LENGTH} characters."
    elif number >= command.most:
        errors["name"] = f"You have {command.most} keys, which is all that you may have. Remove one first."
    scopes: tuple[str, ...] = ()
    if not command.scopes:
        errors["scopes"] = "Choose what it may do."
    else:
        try:
            scopes = check_scopes(command.scopes, command.offered)
        except Invalid as error:
            errors.update(error.fields)
    longest = command.longest_days
    if command.days < 0 or (longest and not 0 < command.days <= longest):
        errors["days"] = f"Choose at most {longest} days." if longest else "Choose one of these."
    if errors:
        raise Invalid(fields=errors)
    return name, scopes


@authorised("account.write")
async def list_keys(ports: Ports, actor: Actor) -> tuple[KeyEntry, ...]:
    """The actor's keys, newest first."""
    account = require_account(actor)
    return await keys_of(ports, account.id)


@authorised("account.write")
async def revoke_own_key(ports: Ports, actor: Actor, key_id: int) -> None:
    """End one of the actor's keys. Raises `NotFound`."""
    await revoke_key(ports, actor, RevokeKey(account_id=require_account(actor).id, key_id=key_id))


@audited("apikeys.revoked", lambda command: command.account_id, lambda command: str(command.key_id))
async def revoke_key(ports: Ports, actor: Actor, command: RevokeKey) -> None:
    """End a key at once, in every process. Whether the actor may was asked before. Raises `NotFound`."""
    who = f"{command.account_id}:{command.key_id}"
    token_hash = await ports.storage.value(STORE, f"own:{who}")
    if token_hash is None:
        raise NotFound("There is no such key.")
    unit = ports.unit()
    for key in (f"key:{token_hash.decode()}", f"own:{who}", f"used:{who}"):
        unit.plugins.delete(STORE, key)
    await unit.commit()


async def keys_of(ports: Ports, account_id: int) -> tuple[KeyEntry, ...]:
    """The keys of an account, newest first. For operators and owners."""
    own = await ports.storage.values(STORE, f"own:{account_id}:")
    used = await ports.storage.values(STORE, f"used:{account_id}:")
    login = await ports.storage.accounts.login_of(account_id)
    entries = []
    for place, token_hash in own.items():
        stored = await ports.storage.value(STORE, f"key:{token_hash.decode()}")
        if stored is None:
            continue
        key = msgspec.json.decode(stored, type=Key)
        used_at = int(used.get(f"used:{place.partition(':')[2]}", b"0"))
        entries.append(KeyEntry(key=key, used_at=used_at, ended=_ended(key, login, ports.clock.now())))
    return tuple(sorted(entries, key=lambda entry: -entry.key.id))


async def forget_keys(ports: Ports, account_id: int) -> None:
    """Remove everything of an account that is deleted; doing it twice is as good."""
    unit = ports.unit()
    for place, token_hash in (await ports.storage.values(STORE, f"own:{account_id}:")).items():
        unit.plugins.delete(STORE, f"key:{token_hash.decode()}")
        unit.plugins.delete(STORE, place)
    for place in await ports.storage.values(STORE, f"used:{account_id}:"):
        unit.plugins.delete(STORE, place)
    await unit.commit()


async def resume_key(ports: Ports, token: str) -> Known | None:
    """Whom this key speaks for; None if it is none, was revoked, is over, or its account may not log in.

    Kept in the cache where the storage tells of every change in time; read anew each time where it doesn't.
    """
    if not is_token(token):
        return None
    token_hash, now = hash_token(token), ports.clock.now()
    place = f"key:{token_hash}"
    if not ports.storage.coherent:
        return await _read(ports, place, now)
    cached = ports.cache.get(f"apikey:{token_hash}")
    if isinstance(cached, Known):
        return None if _expired(cached.key, now) else cached
    fill = ports.cache.fill()
    known = await _read(ports, place, now)
    if known is not None:
        account_id = known.account.id
        tags = (value_key(STORE, place), f"account:{account_id}", f"tokens:{account_id}")
        fill.put(f"apikey:{token_hash}", known, tags, size=_CACHED_BYTES)
    return known


async def _read(ports: Ports, place: str, now: int) -> Known | None:
    stored = await ports.storage.value(STORE, place)
    if stored is None:
        return None
    key = msgspec.json.decode(stored, type=Key)
    account = await ports.storage.accounts.get(key.account_id)
    login = await ports.storage.accounts.login_of(key.account_id)
    if account is None or account.state not in _MAY_LOG_IN or _ended(key, login, now):
        return None
    return Known(key, account)


async def note_use(ports: Ports, key: Key, now: int) -> None:
    """Remember that the key was used on this day."""
    unit = ports.unit()
    day = now - now % DAY
    unit.plugins.put(STORE, f"used:{key.account_id}:{key.id}", str(day).encode())
    await unit.commit()


def _expired(key: Key, now: int) -> bool:
    return bool(key.expires_at) and key.expires_at <= now


def _ended(key: Key, login: Login | None, now: int) -> str:
    if login is None or password_mark(login) != key.mark:
        return "password"
    return "expired" if _expired(key, now) else ""
