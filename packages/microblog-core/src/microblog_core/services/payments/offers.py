"""Being paid: say in which currency and how, and offer tiers to members."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.memberships import TIERS_MAX, Payee, Tier, check_payee, check_tier
from microblog_core.domain.money import Money, check_currency, check_money
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import payments as ops
from microblog_core.ports.payments import Offer, payments_of
from microblog_core.services.payments.asking import check_on
from microblog_core.services.payments.tips import check_tip


class SetPayee(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants to be paid: in this currency, with tips of these suggested amounts (minor units, up
    to four) or without any. Tiers that there are keep their currency.
    """

    currency: str
    tips: bool = True
    amounts: tuple[int, ...] = ()


class PutTier(msgspec.Struct, frozen=True, kw_only=True):
    """A new tier, or with `tier_id` a changed one. Prices are minor units of the payee's currency, and for
    new members; one of them may be None.
    """

    name: str
    description: str = ""
    monthly: int | None = None
    yearly: int | None = None
    tier_id: int | None = None


class RetireTier(msgspec.Struct, frozen=True, kw_only=True):
    """Take nobody new with this tier, or, with `retired` False, again."""

    tier_id: int
    retired: bool = True


async def read_offer(ports: Ports, actor: Actor, account_id: int) -> Offer:
    """What somebody is paid for, and the actor's membership, if there is one. Nothing at all where the site
    takes no money or they don't wish to be paid. Raises `NotFound` where the storage knows no payments.
    """
    if not ports.gateways.rules.on:
        return Offer(payee=None)
    return await payments_of(ports.storage).offer(actor.id, account_id, ports.clock.now())


@authorised("payments.write")
@rate_limited("payee", limit=60, per=3600)
async def set_payee(ports: Ports, actor: Actor, command: SetPayee) -> Payee:
    """Say how the actor wants to be paid. Raises `Invalid` (fields `currency`, `amounts`), `NotFound` (the
    site takes no payments).
    """
    check_on(ports)
    currency = check_currency(command.currency.strip().upper())
    if not ports.gateways.route(currency).gateways:
        raise Invalid(fields={"currency": f"Nobody here takes {currency}."})
    amounts = check_payee(currency, command.amounts, ports.gateways.rules.tip_limits(currency))
    payee = Payee(
        account_id=require_account(actor).id,
        currency=currency,
        tips=command.tips,
        amounts=amounts,
        updated_at=ports.clock.now(),
    )
    unit = ports.unit()
    unit.apply(ops.PutPayee(payee=payee))
    await unit.commit()
    return payee


@authorised("payments.write")
async def list_tiers(ports: Ports, actor: Actor) -> tuple[Tier, ...]:
    """The actor's tiers, retired ones too, oldest first."""
    return tuple(await payments_of(ports.storage).tiers(require_account(actor).id))


@authorised("payments.write")
@rate_limited("tiers", limit=60, per=3600)
@retried("id")
async def put_tier(ports: Ports, actor: Actor, command: PutTier) -> Tier:
    """Offer a tier, or change one. Raises `Invalid` (fields `name`, `description`, `monthly`, `yearly`),
    `NotFound`, `Conflict` (guards `payee`: say first how to be paid; `limit`).
    """
    check_on(ports)
    account, read = require_account(actor), payments_of(ports.storage)
    payee = await read.payee(account.id)
    if payee is None:
        raise Conflict("Say first in which currency you want to be paid.", guard="payee")
    name, description = check_tier(command.name, command.description)
    if command.monthly is None and command.yearly is None:
        raise Invalid(fields={"monthly": "Give a price for a month, for a year, or both."})
    now = ports.clock.now()
    tier = Tier(id=ports.ids.at(now), account_id=account.id, name=name, created_at=now)
    if command.tier_id is not None:
        tier = await _own(ports, actor, command.tier_id)
    return await _put(
        ports,
        replace(
            tier,
            name=name,
            description=description,
            monthly=_price(ports, "monthly", command.monthly, payee.currency),
            yearly=_price(ports, "yearly", command.yearly, payee.currency),
        ),
    )


def _price(ports: Ports, field: str, minor: int | None, currency: str) -> Money | None:
    if minor is None:
        return None
    try:
        # Twelve months may cost more than any tip.
        return check_money(minor, currency) if field == "yearly" else check_tip(ports, minor, currency)
    except Invalid as invalid:
        raise Invalid(fields={field: invalid.message}) from invalid


@authorised("payments.write")
async def retire_tier(ports: Ports, actor: Actor, command: RetireTier) -> Tier:
    """Take nobody new with a tier; who has it keeps it. Raises `NotFound`, `Conflict` (guard `limit`)."""
    tier = await _own(ports, actor, command.tier_id)
    return await _put(ports, replace(tier, retired_at=ports.clock.now() if command.retired else None))


async def _own(ports: Ports, actor: Actor, tier_id: int) -> Tier:
    tier = await payments_of(ports.storage).tier(tier_id)
    if tier is None or tier.account_id != actor.id:
        raise NotFound("There is no such tier.")
    return tier


async def _put(ports: Ports, tier: Tier) -> Tier:
    unit = ports.unit()
    unit.apply(ops.PutTier(tier=tier, limit=TIERS_MAX))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "limit":
            raise
        raise Conflict(
            f"You can offer {TIERS_MAX} tiers.", guard="limit", hint="Retire one of them first."
        ) from conflict
    return tier
