"""Who is told under which nickname: values of the plugin store, so that any storage will do."""

from __future__ import annotations

import re

import msgspec

from microblog_core.domain.deliveries import STORE, paused_key
from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports

PLUGIN = "irc"
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A nickname, and when it was last met there (Unix milliseconds; when it was chosen, at first)."""

    nick: str
    met_at: int


class ChooseNick(msgspec.Struct, frozen=True, kw_only=True):
    """Under which nickname somebody wants to be told; empty for nowhere."""

    nick: str


async def address_of(ports: Ports, account_id: int) -> Address | None:
    """Where this account is told."""
    key = _key(account_id)
    stored = (await ports.storage.values(PLUGIN, key)).get(key)
    return msgspec.json.decode(stored, type=Address) if stored is not None else None


@authorised("account.write")
@rate_limited("irc", limit=30, per=3600)
async def choose_nick(ports: Ports, actor: Actor, command: ChooseNick) -> None:
    """Tell the actor under this nickname from now on; a pause of the old one is over. Raises `Invalid`."""
    account = require_account(actor)
    nick = command.nick.strip()
    if nick and _NICK.fullmatch(nick) is None:
        raise Invalid(fields={"nick": "That is no nickname: use letters, digits and -_[]{}, a letter first."})
    unit = ports.unit()
    if nick:
        address = Address(nick=nick, met_at=ports.clock.now())
        unit.plugins.put(PLUGIN, _key(account.id), msgspec.json.encode(address))
    else:
        unit.plugins.delete(PLUGIN, _key(account.id))
    unit.plugins.delete(STORE, paused_key(account.id, PLUGIN))
    await unit.commit()


async def met(ports: Ports, account_id: int, address: Address) -> None:
    """They were there just now."""
    unit = ports.unit()
    now = Address(nick=address.nick, met_at=ports.clock.now())
    unit.plugins.put(PLUGIN, _key(account_id), msgspec.json.encode(now))
    await unit.commit()


def _key(account_id: int) -> str:
    return f"{account_id}:address"
