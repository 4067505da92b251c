"""Passkeys that people have: add one, list them, give one another name, remove one, and note what each said
last.

In the plugin store `key:HASH` is a passkey by the SHA-256 of its id, `own:ACCOUNT:ID` finds it for its owner;
`name:ACCOUNT:ID` and `used:ACCOUNT:ID` are beside it, so that naming and using one never bring back one
that is being removed. `second:ACCOUNT` is there where they are asked for as a second step.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import clean_line
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import audited, authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddValue, DeleteValue, Operation, PutValue
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.mails import AccountMailKind, account_mail
from microblog_core.services.profiles import prove
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    switch_off_second_factor,
    switch_on_second_factor,
)
from microblog_plugins.passkeys.challenges import STALE, STORE, Challenge, spend
from microblog_plugins.passkeys.credentials import Asserted, Created, Credential

NAME = "passkeys"
NAME_LENGTH = 60
DAY = 24 * 3600 * 1000
HANDLE_BYTES = 32

TAKEN = "This passkey is registered already."
_MISSING = "There is no such passkey."


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as it is stored; moments are Unix milliseconds. `handle` is what authenticators know the
    account by, at random; `rp_id` the domain that the passkey is for; the rest is as in
    `credentials.Created`.
    """

    id: int
    account_id: int
    rp_id: str
    handle: bytes
    credential: Credential
    may_sync: bool
    discoverable: bool
    created_at: int


class Used(msgspec.Struct, frozen=True):
    """What a passkey said last: its counter, whether it is on other devices by now; and the day, 0 for
    never.
    """

    counter: int
    synced: bool
    day: int = 0


class PasskeyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey in a list."""

    passkey: Passkey
    name: str
    used: Used


class AddPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """A browser has made a passkey for the actor, who has given their password before; `most` is the site's
    limit.
    """

    name: str
    rp_id: str
    handle: bytes
    challenge: Challenge
    created: Created
    most: int


class RenamePasskey(msgspec.Struct, frozen=True, kw_only=True):
    """Another name for one of the actor's passkeys."""

    passkey_id: int
    name: str


class RemovePasskey(msgspec.Struct, frozen=True, kw_only=True):
    """Take away a passkey of this account."""

    account_id: int
    passkey_id: int


def checked_name(name: str) -> str:
    """A name on one line. Raises `Invalid` (field `name`)."""
    cleaned = clean_line(name)
    if not cleaned or len(cleaned) > NAME_LENGTH:
        raise Invalid(fields={"name": f"Give it a name of 1 to {NAME_LENGTH} characters."})
    return cleaned


async def passkeys_of(ports: Ports, account_id: int) -> tuple[PasskeyEntry, ...]:
    """The passkeys of an account, newest first."""
    own = await ports.storage.values(STORE, f"own:{account_id}:")
    names = await ports.storage.values(STORE, f"name:{account_id}:")
    used = await ports.storage.values(STORE, f"used:{account_id}:")
    entries = []
    for place, digest in own.items():
        stored = await ports.storage.value(STORE, f"key:{digest.decode()}")
        if stored is None:
            continue
        passkey = msgspec.json.decode(stored, type=Passkey)
        who = place.removeprefix("own:")
        entries.append(
            PasskeyEntry(
                passkey=passkey,
                name=names.get(f"name:{who}", b"").decode(),
                used=_used(used.get(f"used:{who}")),
            )
        )
    return tuple(sorted(entries, key=lambda entry: -entry.passkey.id))


async def passkey_named(ports: Ports, credential_id: bytes) -> PasskeyEntry | None:
    """The passkey that authenticators call so; None where there is none."""
    stored = await ports.storage.value(STORE, f"key:{_digest(credential_id)}")
    if stored is None:
        return None
    passkey = msgspec.json.decode(stored, type=Passkey)
    used = await ports.storage.value(STORE, f"used:{passkey.account_id}:{passkey.id}")
    return PasskeyEntry(passkey=passkey, name="", used=_used(used))


async def is_second_step(ports: Ports, account_id: int) -> bool:
    """Whether an account is asked for a passkey after any other way to log in."""
    return await ports.storage.value(STORE, f"second:{account_id}") is not None


def handle_for(entries: Sequence[PasskeyEntry]) -> bytes:
    """What authenticators are to know an account by: as they do, or by something new, which says nothing."""
    return entries[0].passkey.handle if entries else secrets.token_bytes(HANDLE_BYTES)


@authorised("account.write")
@rate_limited("passkeys_added", limit=30, per=3600)
@audited("passkeys.added", lambda command: command.name)
async def add_passkey(ports: Ports, actor: Actor, command: AddPasskey) -> Passkey:
    """Let the actor log in with a passkey; they are told by mail.

    Raises `Invalid` (fields `name`, `answer`: the passkey is registered already, or the challenge was
    answered before, in whatever process), `RateLimited`.
    """
    account, now, created = require_account(actor), ports.clock.now(), command.created
    name = checked_name(command.name)
    if len(await ports.storage.values(STORE, f"own:{account.id}:")) >= command.most:
        raise Invalid(fields={"name": f"You have {command.most} passkeys, which is all that you may have."})
    passkey = Passkey(
        id=ports.ids.at(now),
        account_id=account.id,
        rp_id=command.rp_id,
        handle=command.handle,
        credential=created.credential,
        may_sync=created.may_sync,
        discoverable=created.discoverable,
        created_at=now,
    )
    digest, who = _digest(created.credential.id), f"{account.id}:{passkey.id}"
    if await ports.storage.value(STORE, f"key:{digest}") is not None:
        raise Invalid(fields={"answer": TAKEN})
    unit = ports.unit()
    unit.apply(
        spend(command.challenge, now),
        AddValue(plugin=STORE, key=f"key:{digest}", value=msgspec.json.encode(passkey)),
        PutValue(plugin=STORE, key=f"own:{who}", value=digest.encode()),
        PutValue(plugin=STORE, key=f"name:{who}", value=name.encode()),
        _put_used(passkey, Used(created.counter, created.synced)),
        *_mails(ports, AccountMailKind.LOGIN_ADDED, account.id, name),
    )
    await _commit(unit)
    return passkey


@authorised("account.write")
async def rename_passkey(ports: Ports, actor: Actor, command: RenamePasskey) -> None:
    """Give one of the actor's passkeys another name. Raises `Invalid` (field `name`), `NotFound`."""
    who = f"{require_account(actor).id}:{command.passkey_id}"
    name = checked_name(command.name)
    if await ports.storage.value(STORE, f"own:{who}") is None:
        raise NotFound(_MISSING)
    unit = ports.unit()
    unit.plugins.put(STORE, f"name:{who}", name.encode())
    await unit.commit()


@authorised("account.write")
async def remove_own_passkey(ports: Ports, actor: Actor, passkey_id: int, password: str) -> None:
    """Take away one of the actor's passkeys. Raises `Invalid` (field `password`), `NotFound`,
    `RateLimited`.
    """
    await prove(ports, actor, password, field="password")
    command = RemovePasskey(account_id=require_account(actor).id, passkey_id=passkey_id)
    await remove_passkey(ports, actor, command)


@audited("passkeys.removed", lambda command: command.account_id, lambda command: str(command.passkey_id))
async def remove_passkey(ports: Ports, actor: Actor, command: RemovePasskey) -> None:
    """Take a passkey away at once, in every process; its owner is told by mail. With the last one goes the
    second step. Whether the actor may was asked before. Raises `NotFound`.
    """
    account_id, who = command.account_id, f"{command.account_id}:{command.passkey_id}"
    own = await ports.storage.values(STORE, f"own:{account_id}:")
    digest = own.get(f"own:{who}")
    if digest is None:
        raise NotFound(_MISSING)
    name = (await ports.storage.value(STORE, f"name:{who}") or b"").decode()
    places = (f"key:{digest.decode()}", f"own:{who}", f"name:{who}", f"used:{who}")
    operations: list[Operation] = [DeleteValue(plugin=STORE, key=place) for place in places]
    operations += _mails(ports, AccountMailKind.LOGIN_REMOVED, account_id, name)
    if len(own) == 1 and await is_second_step(ports, account_id):
        operations.append(DeleteValue(plugin=STORE, key=f"second:{account_id}"))
        factor = SecondFactorCommand(account_id=account_id, name=NAME)
        await switch_off_second_factor(ports.having(*operations), actor, factor)
        return
    unit = ports.unit()
    unit.apply(*operations)
    await unit.commit()


@authorised("account.write")
async def switch_second_step(ports: Ports, actor: Actor, password: str, *, on: bool) -> None:
    """Ask for one of the actor's passkeys after any other way to log in from now on, or not any more; they
    are told by mail. Raises `Invalid` (field `password`; also without a passkey), `RateLimited`.
    """
    account = require_account(actor)
    await prove(ports, actor, password, field="password")
    key, factor = f"second:{account.id}", SecondFactorCommand(account_id=account.id, name=NAME)
    if not on:
        await switch_off_second_factor(ports.having(DeleteValue(plugin=STORE, key=key)), actor, factor)
        return
    if not await ports.storage.values(STORE, f"own:{account.id}:"):
        raise Invalid(fields={"password": "Add a passkey first."})
    await switch_on_second_factor(ports.having(PutValue(plugin=STORE, key=key, value=b"")), actor, factor)


async def note_answer(ports: Ports, entry: PasskeyEntry, challenge: Challenge, asserted: Asserted) -> None:
    """Use the challenge up, and remember what the passkey said. Raises `Invalid` (field `answer`) where the
    challenge was answered before, in whatever process.
    """
    now = ports.clock.now()
    used = Used(asserted.counter, asserted.synced, now - now % DAY)
    unit = ports.unit()
    unit.apply(spend(challenge, now), _put_used(entry.passkey, used))
    await _commit(unit)


async def forget_passkeys(ports: Ports, account_id: int) -> None:
    """Remove everything of an account that is deleted; doing it twice is as good."""
    unit = ports.unit()
    for place, digest in (await ports.storage.values(STORE, f"own:{account_id}:")).items():
        unit.plugins.delete(STORE, f"key:{digest.decode()}")
        unit.plugins.delete(STORE, place)
    for beginning in ("name", "used"):
        for place in await ports.storage.values(STORE, f"{beginning}:{account_id}:"):
            unit.plugins.delete(STORE, place)
    unit.plugins.delete(STORE, f"second:{account_id}")
    await unit.commit()


async def _commit(unit: UnitOfWork) -> None:
    """Commit; where the challenge was answered before, the answer is stale."""
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "value":
            raise
        raise Invalid(fields={"answer": STALE}) from conflict


def _mails(ports: Ports, kind: AccountMailKind, account_id: int, name: str) -> tuple[Operation, ...]:
    return account_mail(ports, kind, account_id, detail=f"passkey {name}".strip())


def _put_used(passkey: Passkey, used: Used) -> PutValue:
    place = f"used:{passkey.account_id}:{passkey.id}"
    return PutValue(plugin=STORE, key=place, value=msgspec.json.encode(used))


def _used(stored: bytes | None) -> Used:
    return msgspec.json.decode(stored, type=Used) if stored else Used(0, False)


def _digest(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
