"""Being paid and reading it: offers, tiers, history, receipts, earnings, and what only operators see."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.ledger import Balance
from microblog_core.domain.memberships import TIERS_MAX
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.services.payments import reading
from microblog_core.services.payments.offers import (
    PutTier,
    RetireTier,
    list_tiers,
    put_tier,
    read_offer,
    retire_tier,
)
from microblog_core.testing.payments import Till


async def test_people_say_how_they_want_to_be_paid(world, till, ada, bob):
    await till.payee(ada, "jpy", amounts=(500, 100, 500))
    offer = await read_offer(till.ports, await world.actor(bob), ada.id)
    assert (offer.payee.currency, offer.payee.amounts) == ("JPY", (100, 500))
    assert [str(each) for each in offer.payee.suggestions] == ["100 JPY", "500 JPY"]
    for wrong in ({"currency": "yen!"}, {"amounts": (1,)}, {"amounts": (100, 200, 300, 400, 500)}):
        with pytest.raises(Invalid):
            await till.payee(ada, **wrong)


async def test_a_currency_that_no_gateway_takes_is_refused(world, ada):
    till = Till(world, routes={"JPY": ()})
    with pytest.raises(Invalid) as invalid:
        await till.payee(ada, "JPY")
    assert list(invalid.value.fields) == ["currency"]


async def test_where_the_site_takes_no_money_there_is_no_offer(world, till, ada, bob):
    await till.tier(ada)
    off = dataclasses.replace(till.ports, gateways=Till(world, gateways=()).gateways)
    offer = await read_offer(off, await world.actor(bob), ada.id)
    assert (offer.payee, offer.tiers) == (None, ())


async def test_tiers_are_offered_changed_and_retired(world, till, ada, bob):
    actor = await world.actor(ada)
    with pytest.raises(Conflict) as first:
        await put_tier(till.ports, actor, PutTier(name="Friends", monthly=300))
    assert first.value.guard == "payee"
    tier = await till.tier(ada, 300, yearly=3000, description="Everything")
    assert (str(tier.monthly), str(tier.yearly)) == ("3.00 EUR", "30.00 EUR")
    changed = await put_tier(till.ports, actor, PutTier(name="Pals", yearly=2500, tier_id=tier.id))
    assert (changed.id, changed.name, changed.monthly) == (tier.id, "Pals", None)
    await till.payee(bob)
    stranger = await world.actor(bob)
    with pytest.raises(NotFound):
        await put_tier(till.ports, stranger, PutTier(name="x", monthly=300, tier_id=tier.id))
    with pytest.raises(NotFound):
        await retire_tier(till.ports, stranger, RetireTier(tier_id=tier.id))
    await retire_tier(till.ports, actor, RetireTier(tier_id=tier.id))
    assert (await read_offer(till.ports, await world.actor(bob), ada.id)).tiers == ()
    assert [each.retired_at is None for each in await list_tiers(till.ports, actor)] == [False]
    with pytest.raises(NotFound):
        await till.join(bob, tier)


async def test_a_tier_has_a_name_and_a_price(world, till, ada):
    await till.payee(ada)
    for wrong, field in (
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"description": "x" * 501}, "description"),
        ({"monthly": None}, "monthly"),
        ({"monthly": 1}, "monthly"),
        ({"yearly": -1}, "yearly"),
    ):
        with pytest.raises(Invalid) as invalid:
            await till.tier(ada, **{"monthly": 300, **wrong})
        assert list(invalid.value.fields) == [field]


async def test_there_are_only_so_many_tiers(world, till, ada):
    for number in range(TIERS_MAX):
        await till.tier(ada, name=f"Tier {number}")
    with pytest.raises(Conflict) as limit:
        await till.tier(ada)
    assert limit.value.guard == "limit"


async def test_payers_see_what_they_paid_with_receipts_and_payees_what_they_were_paid(world, till, ada, bob):
    paid, begun = await till.paid(bob, ada), await till.tip(bob, ada)
    payer, payee = await world.actor(bob), await world.actor(ada)
    history = await reading.read_history(till.ports, payer, Page())
    assert [each.payment.id for each in history.items] == [begun.id, paid.id]
    received = await reading.read_received(till.ports, payee, Page())
    assert [each.payment.id for each in received.items] == [paid.id]
    receipt = await reading.read_receipt(till.ports, payer, paid.id)
    assert receipt.number == f"2026-{paid.id}" and receipt.captured_at == paid.captured_at
    for actor, payment in ((payer, begun), (payee, paid)):
        with pytest.raises(NotFound):
            await reading.read_receipt(till.ports, actor, payment.id)
    assert (await reading.read_payment(till.ports, payee, paid.id)).payment == paid
    with pytest.raises(NotFound):
        await reading.read_payment(till.ports, payee, begun.id)
    cy = await world.actor(await world.sign_up("cy"))
    with pytest.raises(NotFound):
        await reading.read_payment(till.ports, cy, paid.id)


async def test_authors_see_what_they_earned(world, till, ada, bob):
    await till.paid(bob, ada, 500)
    await till.paid(bob, ada, 700)
    await till.joined(bob, await till.tier(ada))
    earnings = await reading.read_earnings(till.ports, await world.actor(ada))
    assert [(each.product, each.minor) for each in earnings.days] == [("membership", 300), ("tip", 1200)]
    assert [(each.product, each.minor) for each in earnings.months] == [("membership", 300), ("tip", 1200)]
    assert earnings.owed == (Balance(f"author:{ada.id}", "EUR", 1500),)
    assert (earnings.held, earnings.members) == ((), 1)
    members = await reading.read_members(till.ports, await world.actor(ada), Page())
    assert [each.member.id for each in members.items] == [bob.id]
    mine = await reading.read_memberships(till.ports, await world.actor(bob), Page())
    assert [each.author.id for each in mine.items] == [ada.id]
    membership = mine.items[0].membership
    assert await reading.read_membership(till.ports, await world.actor(bob), membership.id) == membership
    with pytest.raises(NotFound):
        await reading.read_membership(till.ports, await world.actor(ada), membership.id)


async def test_the_ledger_is_for_operators(world, till, ada, bob):
    payment = await till.paid(bob, ada)
    for read in (
        lambda actor: reading.list_payments(till.ports, actor, Page()),
        lambda actor: reading.show_payment(till.ports, actor, payment.id),
        lambda actor: reading.read_ledger(till.ports, actor, Page()),
        lambda actor: reading.read_balances(till.ports, actor),
        lambda actor: reading.check_ledger(till.ports, actor),
    ):
        with pytest.raises(Forbidden):
            await read(await world.actor(ada))
    listed = await reading.list_payments(till.ports, SYSTEM, Page())
    assert [each.payment.id for each in listed.items] == [payment.id]
    details = await reading.show_payment(till.ports, SYSTEM, payment.id)
    assert len(details.entries) == 3
    assert len((await reading.read_ledger(till.ports, SYSTEM, Page())).items) == 3
    assert len(await reading.read_balances(till.ports, SYSTEM)) == 2
    assert [each.minor for each in await reading.check_ledger(till.ports, SYSTEM)] == [0]
    with pytest.raises(NotFound):
        await reading.show_payment(till.ports, SYSTEM, 1)
