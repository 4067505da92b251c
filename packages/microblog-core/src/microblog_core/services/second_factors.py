"""Second factors of accounts: which ones somebody has set up, whatever each of them is.

What a factor is, and how it is shown, is its plugin's part (`ports.auth.SecondFactor`). That there is one is
kept here, apart from the plugin, so that an account whose factor can't be asked for is refused and not let
in. A plugin commits its own data in the same unit: `ports.having(...)`.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import audited
from microblog_core.ports.context import Ports
from microblog_core.services.mails import AccountMailKind, account_mail

STORE = "core"
MANAGE = "accounts.manage"


class SecondFactorCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which factor of whom: `name` is that of the `SecondFactor`."""

    account_id: int
    name: str


async def second_factors_of(ports: Ports, account_id: int) -> frozenset[str]:
    """The names of the factors that this account has set up."""
    stored = await ports.storage.value(STORE, _key(account_id))
    return msgspec.json.decode(stored, type=frozenset[str]) if stored else frozenset()


@audited("second_factor.on", lambda command: command.account_id, lambda command: command.name)
async def switch_on_second_factor(ports: Ports, actor: Actor, command: SecondFactorCommand) -> None:
    """From now on this account has to show this factor, or another one that it has set up; its owner is told
    by mail. Sessions that there are stay. Raises `Forbidden` for who is neither the owner nor an operator.
    """
    await _put(ports, actor, command, on=True)


@audited("second_factor.off", lambda command: command.account_id, lambda command: command.name)
async def switch_off_second_factor(ports: Ports, actor: Actor, command: SecondFactorCommand) -> None:
    """This account has not to show this factor any more; its owner is told by mail. Raises `Forbidden` for
    who is neither the owner nor an operator.
    """
    await _put(ports, actor, command, on=False)


async def _put(ports: Ports, actor: Actor, command: SecondFactorCommand, *, on: bool) -> None:
    account_id = command.account_id
    if actor.id != account_id:
        ports.authoriser.check(actor, MANAGE)
    names = set(await second_factors_of(ports, account_id))
    (names.add if on else names.discard)(command.name)
    unit = ports.unit()
    if names:
        unit.plugins.put(STORE, _key(account_id), msgspec.json.encode(sorted(names)))
    else:
        unit.plugins.delete(STORE, _key(account_id))
    kind = AccountMailKind.SECOND_FACTOR_ON if on else AccountMailKind.SECOND_FACTOR_OFF
    unit.apply(*account_mail(ports, kind, account_id))
    await unit.commit()


def _key(account_id: int) -> str:
    return f"second_factor:{account_id}:"
