"""Being paid: how, tiers for members, members, and what one earned."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_api.endpoints import Call, get, post, put
from microblog_api.entities import EarnedThen, EarningsEntity, MemberEntity, PayeeEntity, TierEntity
from microblog_api.names import day
from microblog_api.paid import balance_of, check_takes_money, member_of, money_of, payee_of, tier_of
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.ledger import Earned
from microblog_core.domain.money import Money
from microblog_core.services.payments import offers, reading

DAYS_MAX = 366
DAY = 24 * 3600 * 1000


class Paid(msgspec.Struct, frozen=True):
    """In which currency, with tips or without, and up to four suggested tips in its smallest unit."""

    currency: str
    tips: bool = True
    amounts: list[int] = []


class GivenTier(msgspec.Struct, frozen=True):
    """A tier; prices in the smallest unit of the own currency, one of both at least."""

    name: str
    description: str = ""
    monthly: int | None = None
    yearly: int | None = None


class Retired(msgspec.Struct, frozen=True):
    """Whether to take nobody new, or somebody again."""

    retired: bool = True


class Days(msgspec.Struct, frozen=True):
    """For how many days, with today, at most 366."""

    days: int = 30


@get("/api/v1/payments/payee", needs="read:payments")
async def read_payee(call: Call, given: None) -> PayeeEntity:
    """View how one is paid."""
    check_takes_money(call)
    found = await reading.read_payee(call.ports, call.actor)
    if found is None:
        raise NotFound("You are not paid for anything yet.", hint="Say first in which currency.")
    return payee_of(call, found)


@put("/api/v1/payments/payee", needs="write:payments")
async def set_payee(call: Call, given: Paid) -> PayeeEntity:
    """Say how one wants to be paid."""
    check_takes_money(call)
    command = offers.SetPayee(currency=given.currency, tips=given.tips, amounts=tuple(given.amounts))
    return payee_of(call, await offers.set_payee(call.ports, call.actor, command))


@get("/api/v1/payments/tiers", needs="read:payments")
async def read_tiers(call: Call, given: None) -> list[TierEntity]:
    """View the own tiers, retired ones too, oldest first."""
    check_takes_money(call)
    return [tier_of(each) for each in await offers.list_tiers(call.ports, call.actor)]


@post("/api/v1/payments/tiers", needs="write:payments")
async def create_tier(call: Call, given: GivenTier) -> TierEntity:
    """Offer a tier."""
    return await _put(call, given, None)


@put("/api/v1/payments/tiers/{id:str}", needs="write:payments")
async def change_tier(call: Call, given: GivenTier) -> TierEntity:
    """Change a tier; members keep the price at which they began."""
    return await _put(call, given, call.id())


async def _put(call: Call, given: GivenTier, tier_id: int | None) -> TierEntity:
    check_takes_money(call)
    command = offers.PutTier(
        name=given.name,
        description=given.description,
        monthly=given.monthly,
        yearly=given.yearly,
        tier_id=tier_id,
    )
    return tier_of(await offers.put_tier(call.ports, call.actor, command))


@post("/api/v1/payments/tiers/{id:str}/retire", needs="write:payments")
async def retire_tier(call: Call, given: Retired) -> TierEntity:
    """Take nobody new with a tier, or, with `retired` false, again; who has it keeps it."""
    check_takes_money(call)
    command = offers.RetireTier(tier_id=call.id(), retired=given.retired)
    return tier_of(await offers.retire_tier(call.ports, call.actor, command))


@get("/api/v1/payments/members", needs="read:payments", pages="cursor")
async def members(call: Call, given: None) -> list[MemberEntity]:
    """View the own members who have access now, newest first."""
    check_takes_money(call)
    listing = await reading.read_members(call.ports, call.actor, call.page())
    call.linked_by(listing, lambda each: each.membership.id)
    return [member_of(call, each) for each in listing.items]


@get("/api/v1/payments/earnings", needs="read:payments")
async def earnings(call: Call, given: Days) -> EarningsEntity:
    """View what one earned, by day and by month (UTC)."""
    check_takes_money(call)
    if not 1 <= given.days <= DAYS_MAX:
        raise Invalid(fields={"days": f"Give a number from 1 to {DAYS_MAX}."})
    found = await reading.read_earnings(call.ports, call.actor, days=given.days)
    return EarningsEntity(
        days=_earned(found.days, monthly=False),
        months=_earned(found.months, monthly=True),
        owed=[balance_of(each) for each in found.owed],
        held=[balance_of(each) for each in found.held],
    )


def _earned(found: Iterable[Earned], *, monthly: bool) -> list[EarnedThen]:
    return [
        EarnedThen(
            then=_month(each.bucket) if monthly else day(each.bucket * DAY),
            product=str(each.product),
            amount=money_of(Money(each.minor, each.currency)),
            payments=each.payments,
        )
        for each in found
    ]


def _month(bucket: int) -> str:
    years, month = divmod(bucket, 12)
    return f"{1970 + years:04}-{month + 1:02}"


ENDPOINTS = (
    read_payee,
    set_payee,
    read_tiers,
    create_tier,
    change_tier,
    retire_tier,
    members,
    earnings,
)
