"""Who has set codes up: begin, confirm, show a code, make recovery codes anew, switch off.

In the plugin store: `of:ACCOUNT` is the sealed secret and the recovery codes; `step:ACCOUNT:STEP` and
`spent:ACCOUNT:HASH` are written once, by whoever uses a code first, in whatever process. `used:ACCOUNT`
remembers which of these there are, beside what is set up, so that using a code never brings back what is
taken away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddAudit, AddValue, DeleteValue, Operation, PutValue
from microblog_core.services.profiles import prove
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    switch_off_second_factor,
    switch_on_second_factor,
)
from microblog_plugins.totp.codes import (
    SKEW,
    STEP_MILLISECONDS,
    new_recovery_codes,
    open_secret,
    recovery_hash,
    recovery_matches,
    seal_secret,
    step_of,
)

if TYPE_CHECKING:
    from microblog_core.site import Site

NAME = "totp"
STORE = "totp"
ACCOUNT_TRIES = 10
ADDRESS_TRIES = 300
TRIES_SECONDS = 900.0

_WRONG = "This code is wrong, was used already, or is too old. Wait for the next one."
_NOT_SET_UP = "Codes are not set up for this account."


class Keys(msgspec.Struct, frozen=True):
    """The site's secrets for this, the present one first."""

    sealing: Sequence[bytes]
    recovery: Sequence[bytes]


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has set up: the sealed secret, since when (Unix milliseconds), and the hashes of recovery
    codes.
    """

    sealed: str
    since: int
    recovery: tuple[str, ...]


class Used(msgspec.Struct, frozen=True):
    """Steps whose use is still remembered, and recovery codes that were used."""

    steps: tuple[int, ...] = ()
    spent: tuple[str, ...] = ()


class SwitchOn(msgspec.Struct, frozen=True, kw_only=True):
    """The secret is in somebody's app: `code` shows it."""

    secret: str
    password: str
    code: str


class Prove(msgspec.Struct, frozen=True, kw_only=True):
    """Password and code of whoever changes what is set up."""

    password: str
    code: str


def keys_of(site: Site) -> Keys:
    """The secrets of a site."""
    return Keys(site.secrets("totp secrets"), site.secrets("totp recovery codes"))


async def enrolled(ports: Ports, account_id: int) -> Enrolled | None:
    """What somebody has set up, None for nothing."""
    stored = await ports.storage.value(STORE, f"of:{account_id}")
    return msgspec.json.decode(stored, type=Enrolled) if stored else None


async def codes_left(ports: Ports, account_id: int, known: Enrolled) -> int:
    """How many recovery codes somebody has left."""
    return len(set(known.recovery) - set((await _used(ports, account_id)).spent))


async def _used(ports: Ports, account_id: int) -> Used:
    stored = await ports.storage.value(STORE, f"used:{account_id}")
    return msgspec.json.decode(stored, type=Used) if stored else Used()


async def show_code(ports: Ports, keys: Keys, account: Account, code: str, address: str) -> None:
    """Use up a code of the app, or a recovery code.

    Raises `Invalid` (field `code`) for any other one, one that was used before, in whatever process, and
    where nothing is set up; `RateLimited`.
    """
    await _count(ports, account.id, address)
    known = await enrolled(ports, account.id)
    if known is None:
        raise Invalid(fields={"code": _NOT_SET_UP})
    operations = await _use(ports, keys, known, account.id, code)
    unit = ports.unit()
    unit.apply(*operations)
    await _commit_once(unit.commit())
    await ports.limiter.forget(f"totp:account:{account.id}")


@authorised("account.write")
async def switch_on(ports: Ports, actor: Actor, keys: Keys, command: SwitchOn) -> tuple[str, ...]:
    """Ask for codes from now on; the recovery codes, which are shown once. Sessions that there are stay.

    Raises `Invalid` (fields `password`, `code`; also where it is set up already), `RateLimited`.
    """
    account, now = require_account(actor), ports.clock.now()
    if await enrolled(ports, account.id) is not None:
        raise Invalid(fields={"code": "Codes are set up already."})
    await _count(ports, account.id, actor.address)
    await prove(ports, actor, command.password, field="password")
    step = step_of(command.secret, command.code, now)
    if step is None:
        raise Invalid(fields={"code": _WRONG})
    codes = new_recovery_codes()
    made = Enrolled(
        sealed=seal_secret(keys.sealing[0], account.id, command.secret),
        since=now,
        recovery=_hashes(keys, account.id, codes),
    )
    operations = (
        AddValue(plugin=STORE, key=f"of:{account.id}", value=msgspec.json.encode(made)),
        _put("used", account.id, Used(steps=(step,))),
        AddValue(plugin=STORE, key=f"step:{account.id}:{step}", value=b""),
    )
    factor = SecondFactorCommand(account_id=account.id, name=NAME)
    await _commit_once(switch_on_second_factor(ports.having(*operations), actor, factor))
    await ports.limiter.forget(f"totp:account:{account.id}")
    return codes


@authorised("account.write")
async def renew_recovery_codes(ports: Ports, actor: Actor, keys: Keys, command: Prove) -> tuple[str, ...]:
    """New recovery codes, which are shown once; those before are worth nothing.

    Raises `Invalid` (fields `password`, `code`), `RateLimited`.
    """
    account = require_account(actor)
    await _prove(ports, actor, keys, command)
    known = await enrolled(ports, account.id)
    if known is None:
        raise Invalid(fields={"code": _NOT_SET_UP})
    codes, used = new_recovery_codes(), await _used(ports, account.id)
    operations = (
        _put("of", account.id, replace(known, recovery=_hashes(keys, account.id, codes))),
        _put("used", account.id, replace(used, spent=())),
        *_forget_spent(account.id, known),
    )
    await _put_codes(ports, actor, operations)
    return codes


@audited("totp.recovery_codes", lambda operations: "own")
async def _put_codes(ports: Ports, actor: Actor, operations: tuple[Operation, ...]) -> None:
    unit = ports.unit()
    unit.apply(*operations)
    await unit.commit()


@authorised("account.write")
async def switch_off(ports: Ports, actor: Actor, keys: Keys, command: Prove) -> None:
    """Ask for no codes any more. Raises `Invalid` (fields `password`, `code`), `RateLimited`."""
    account = require_account(actor)
    await _prove(ports, actor, keys, command)
    await reset(ports, actor, account.id)


async def reset(ports: Ports, actor: Actor, account_id: int) -> None:
    """Take away what somebody has set up, for its owner and for operators. Raises `NotFound`, `Forbidden`."""
    known = await enrolled(ports, account_id)
    if known is None:
        raise NotFound(_NOT_SET_UP)
    used = await _used(ports, account_id)
    operations = (
        DeleteValue(plugin=STORE, key=f"of:{account_id}"),
        *_forget_spent(account_id, known),
        DeleteValue(plugin=STORE, key=f"used:{account_id}"),
        *(DeleteValue(plugin=STORE, key=f"step:{account_id}:{step}") for step in used.steps),
    )
    factor = SecondFactorCommand(account_id=account_id, name=NAME)
    await switch_off_second_factor(ports.having(*operations), actor, factor)


async def forget(ports: Ports, account_id: int) -> None:
    """Remove everything of an account that is deleted; doing it twice is as good."""
    unit = ports.unit()
    unit.plugins.delete(STORE, f"of:{account_id}")
    unit.plugins.delete(STORE, f"used:{account_id}")
    for beginning in ("step", "spent"):
        for key in await ports.storage.values(STORE, f"{beginning}:{account_id}:"):
            unit.plugins.delete(STORE, key)
    await unit.commit()


async def _count(ports: Ports, account_id: int, address: str) -> None:
    """Count a try, for the account hard, for the network address generously. Raises `RateLimited`."""
    tries, seconds = ports.limits.rates.get("totp_address", (ADDRESS_TRIES, TRIES_SECONDS))
    await ports.limiter.hit(f"totp:address:{address}", limit=tries, per=seconds)
    tries, seconds = ports.limits.rates.get("totp", (ACCOUNT_TRIES, TRIES_SECONDS))
    await ports.limiter.hit(f"totp:account:{account_id}", limit=tries, per=seconds)


async def _prove(ports: Ports, actor: Actor, keys: Keys, command: Prove) -> None:
    await prove(ports, actor, command.password, field="password")
    await show_code(ports, keys, require_account(actor), command.code, actor.address)


async def _use(
    ports: Ports, keys: Keys, known: Enrolled, account_id: int, code: str
) -> tuple[Operation, ...]:
    """What to write so that this code is used up. Raises `Invalid` (field `code`) where it is none."""
    now, used = ports.clock.now(), await _used(ports, account_id)
    secret = open_secret(keys.sealing, account_id, known.sealed)
    step = step_of(secret, code, now) if secret else None
    if step is not None:
        # Older ones than this no longer count, so that their use need not be remembered.
        oldest = now // STEP_MILLISECONDS - SKEW
        kept = tuple(each for each in used.steps if each >= oldest and each != step)
        gone = [each for each in used.steps if each < oldest]
        return (
            AddValue(plugin=STORE, key=f"step:{account_id}:{step}", value=b""),
            _put("used", account_id, replace(used, steps=(*kept, step))),
            *(DeleteValue(plugin=STORE, key=f"step:{account_id}:{each}") for each in gone),
        )
    found = recovery_matches(keys.recovery, account_id, code, known.recovery)
    if not found:
        raise Invalid(fields={"code": _WRONG})
    return (
        AddValue(plugin=STORE, key=f"spent:{account_id}:{found}", value=b""),
        _put("used", account_id, replace(used, spent=(*used.spent, found))),
        AddAudit(
            id=ports.ids.at(now),
            actor_id=account_id,
            action="totp.recovery_code",
            subject="own",
            created_at=now,
        ),
    )


async def _commit_once(commit: Awaitable[None]) -> None:
    """Commit; where somebody else used the code first, it is a wrong one."""
    try:
        await commit
    except Conflict as conflict:
        if conflict.guard != "value":
            raise
        raise Invalid(fields={"code": _WRONG}) from conflict


def _hashes(keys: Keys, account_id: int, codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(recovery_hash(keys.recovery[0], account_id, code) for code in codes)


def _put(what: str, account_id: int, value: Enrolled | Used) -> Operation:
    return PutValue(plugin=STORE, key=f"{what}:{account_id}", value=msgspec.json.encode(value))


def _forget_spent(account_id: int, known: Enrolled) -> list[Operation]:
    return [DeleteValue(plugin=STORE, key=f"spent:{account_id}:{each}") for each in known.recovery]
