"""How somebody wants to be told of what happened to them: read it, change it, end it by a mail's link."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.deliveries import (
    STORE,
    Frequency,
    check_frequency,
    frequencies_of,
    is_paused,
    paused_key,
)
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import PutDeliveryPreferences, PutNewsRefusal
from microblog_core.ports.unit import UnitOfWork

Defaults = Mapping[NotificationKind, Frequency]


class ChannelPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a channel. `paused`: the channel could not reach them and stopped trying."""

    channel: str
    frequencies: Mapping[NotificationKind, Frequency]
    paused: bool = False


class ChangeDeliveryPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How often somebody wants to hear of these kinds on a channel, as it is on the wire; other kinds stay as
    they are.
    """

    channel: str
    frequencies: Mapping[str, str]


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True):
    """What the link in a message is about: no more of these kinds on this channel; with `news` no more of
    the operators' news.
    """

    account_id: int
    channel: str
    kinds: tuple[NotificationKind, ...]
    news: bool = False


class ChangeNews(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody wants the operators' news."""

    wanted: bool


@authorised("account.write")
async def read_delivery_preferences(
    ports: Ports, actor: Actor, channels: Mapping[str, Defaults]
) -> tuple[ChannelPreferences, ...]:
    """What the actor wants of each of these channels, given with their defaults, in their order."""
    account = require_account(actor)
    chosen = await ports.storage.deliveries.preferences(account.id)
    pauses = await ports.storage.values(STORE, paused_key(account.id, ""))
    login = await ports.storage.accounts.login_of(account.id) if pauses else None
    address = login.email if login is not None else ""
    return tuple(
        ChannelPreferences(
            channel=name,
            frequencies=frequencies_of(name, defaults, chosen),
            paused=is_paused(pauses.get(paused_key(account.id, name)), address),
        )
        for name, defaults in channels.items()
    )


@authorised("account.write")
@rate_limited("preferences", limit=120, per=3600)
async def change_delivery_preferences(ports: Ports, actor: Actor, command: ChangeDeliveryPreferences) -> None:
    """Change what the actor wants of a channel. Raises `Invalid`, with the kinds for its fields."""
    found: dict[NotificationKind, Frequency] = {}
    errors: dict[str, str] = {}
    for name, value in command.frequencies.items():
        try:
            found[NotificationKind(name)] = check_frequency(value, field=name)
        except Invalid as error:
            errors.update(error.fields)
        except ValueError:
            errors[name] = "There is no such kind of notification."
    if errors:
        raise Invalid(fields=errors)
    await _put(ports, require_account(actor).id, command.channel, found)


@authorised("account.write")
async def read_wants_news(ports: Ports, actor: Actor) -> bool:
    """Whether the actor gets the operators' news."""
    return not await ports.storage.campaigns.refuses_news(require_account(actor).id)


@authorised("account.write")
@rate_limited("preferences", limit=120, per=3600)
async def change_news(ports: Ports, actor: Actor, command: ChangeNews) -> None:
    """Change whether the actor gets the operators' news."""
    unit, account_id = ports.unit(), require_account(actor).id
    unit.apply(PutNewsRefusal(account_id=account_id, refused=not command.wanted, at=ports.clock.now()))
    await _commit(unit)


async def unsubscribe(ports: Ports, actor: Actor, command: Unsubscribe) -> None:
    """End messages of these kinds on this channel. Whoever has the link is asked for nothing else: the caller
    checks its signature. Raises `NotFound` where the account is gone.
    """
    unit = ports.unit()
    if command.kinds:
        never = dict.fromkeys(command.kinds, Frequency.NEVER)
        unit.apply(
            PutDeliveryPreferences(account_id=command.account_id, channel=command.channel, frequencies=never)
        )
    if command.news:
        unit.apply(PutNewsRefusal(account_id=command.account_id, refused=True, at=ports.clock.now()))
    await _commit(unit)


async def _put(
    ports: Ports, account_id: int, channel: str, frequencies: Mapping[NotificationKind, Frequency]
) -> None:
    unit = ports.unit()
    unit.apply(PutDeliveryPreferences(account_id=account_id, channel=channel, frequencies=frequencies))
    await _commit(unit)


async def _commit(unit: UnitOfWork) -> None:
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "exists":
            raise
        raise NotFound("This account is gone.") from conflict
