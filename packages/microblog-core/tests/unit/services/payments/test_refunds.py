"""Refunds and giving up: once for the same act, by who may, with the ledger and everybody told."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Invalid, NotFound, Unavailable
from microblog_core.domain.events import PaymentDisputed, PaymentRefunded
from microblog_core.domain.ledger import Balance
from microblog_core.domain.payments import PaymentState
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import SetAccountState
from microblog_core.services.payments.refunds import (
    CancelPayment,
    RefundPayment,
    cancel_payment,
    refund_payment,
)
from microblog_core.services.payments.settling import settle_payment


async def refund(till, actor, payment, minor=None):
    return await refund_payment(till.ports, actor, RefundPayment(payment_id=payment.id, minor=minor))


async def test_a_payment_is_given_back_in_parts_and_then_as_a_whole(world, till, ada, bob):
    payment, payee = await till.paid(bob, ada, 1000), await world.actor(ada)
    part = await refund(till, payee, payment, 300)
    assert (part.state, part.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 300)
    with pytest.raises(Invalid) as invalid:
        await refund(till, payee, payment, 701)
    assert list(invalid.value.fields) == ["amount"]
    whole = await refund(till, payee, payment)
    assert (whole.state, whole.refunded_minor) == (PaymentState.REFUNDED, 1000)
    with pytest.raises(Conflict):
        await refund(till, payee, payment)
    assert await till.read.balances() == []
    assert [event.refunded_minor for event in world.bus.of(PaymentRefunded)] == [300, 1000]
    lines = (await world.storage.audit(Page())).items
    assert [(line.action, line.detail) for line in lines] == [
        ("payment.refunded", "700"),
        ("payment.refunded", "300"),
    ]


async def test_why_is_kept_in_the_audit_log(world, till, ada, bob):
    payment, payee = await till.paid(bob, ada, 1000), await world.actor(ada)
    command = RefundPayment(payment_id=payment.id, minor=300, reason="They asked\n nicely")
    with pytest.raises(Invalid) as invalid:
        await refund_payment(till.ports, payee, msgspec.structs.replace(command, reason="x" * 501))
    assert list(invalid.value.fields) == ["reason"]
    await refund_payment(till.ports, payee, command)
    (line,) = (await world.storage.audit(Page())).items
    assert line.detail == "300: They asked nicely"


async def test_two_who_give_back_the_same_at_once_give_it_back_once(world, till, ada, bob, monkeypatch):
    payment = await till.paid(bob, ada, 1000)
    real, both = till.sandbox.refund, asyncio.Barrier(2)

    async def together(gateway_id, minor, *, key):
        await both.wait()
        return await real(gateway_id, minor, key=key)

    monkeypatch.setattr(till.sandbox, "refund", together)
    outcomes = await asyncio.gather(
        *(refund(till, actor, payment, 400) for actor in (SYSTEM, await world.actor(ada))),
    )
    assert [each.refunded_minor for each in outcomes] == [400, 400]
    assert (await till.now(payment)).refunded_minor == 400
    assert (await till.sandbox.fetch(payment.gateway_id)).refunded_minor == 400


async def test_only_operators_and_who_was_paid_give_back(world, till, ada, bob):
    payment = await till.paid(bob, ada)
    with pytest.raises(NotFound):
        await refund(till, await world.actor(bob), payment)
    cy = await world.sign_up("cy")
    with pytest.raises(NotFound):
        await refund(till, await world.actor(cy), payment)
    await world.build.apply(SetAccountState(account_id=cy.id, role=Role.ADMINISTRATOR))
    assert (await refund(till, await world.actor(cy), payment)).state is PaymentState.REFUNDED


async def test_what_became_of_it_is_looked_at_where_nobody_knows(world, till, ada, bob, monkeypatch):
    payment = await till.paid(bob, ada, 1000)
    real = till.sandbox.refund

    async def lost(gateway_id, minor, *, key):
        await real(gateway_id, minor, key=key)
        raise TimeoutError

    monkeypatch.setattr(till.sandbox, "refund", lost)
    with pytest.raises(Unavailable, match="nobody knows"):
        await refund(till, SYSTEM, payment, 400)
    assert (await till.now(payment)).refunded_minor == 0
    world.clock.advance(61)
    await till.run_jobs()
    assert (await till.now(payment)).refunded_minor == 400
    # The same again, before anybody looked, would have been the same act.
    assert (await till.sandbox.fetch(payment.gateway_id)).refunded_minor == 400


async def test_what_nobody_paid_is_given_up_by_its_payer(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    with pytest.raises(Conflict):
        await refund(till, await world.actor(ada), payment)
    with pytest.raises(NotFound):
        await cancel_payment(till.ports, await world.actor(ada), CancelPayment(payment_id=payment.id))
    cancelled = await cancel_payment(till.ports, await world.actor(bob), CancelPayment(payment_id=payment.id))
    assert cancelled.state is PaymentState.CANCELLED
    with pytest.raises(Conflict):
        await cancel_payment(till.ports, await world.actor(bob), CancelPayment(payment_id=payment.id))


async def test_what_was_paid_is_not_given_up(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    await till.pay(payment, rings=False)
    with pytest.raises(Conflict):
        await cancel_payment(till.ports, await world.actor(bob), CancelPayment(payment_id=payment.id))
    world.clock.advance(61)
    await till.run_jobs()
    assert (await till.now(payment)).state is PaymentState.CAPTURED


async def test_operators_give_up_payments_of_others_in_the_audit_log(world, till, ada, bob):
    payment = await till.tip(bob, ada, 503)
    cancelled = await cancel_payment(till.ports, SYSTEM, CancelPayment(payment_id=payment.id))
    assert cancelled.state is PaymentState.CANCELLED
    (line,) = (await world.storage.audit(Page())).items
    assert line.action == "payment.cancelled"


@pytest.mark.parametrize(("minor", "owed"), [(508, [-508]), (510, [])])
async def test_a_dispute_holds_the_money_until_it_is_decided(world, till, ada, bob, minor, owed):
    payment = await till.paid(bob, ada, minor)
    author, held = f"author:{ada.id}", f"held:{ada.id}"
    world.clock.advance(60)
    await settle_payment(till.ports, payment.id, cause="reconciler")
    assert await till.read.balances(author) == []
    assert await till.read.balances(held) == [Balance(held, "EUR", -minor)]
    assert len(world.bus.of(PaymentDisputed)) == 1
    world.clock.advance(60)
    await settle_payment(till.ports, payment.id, cause="reconciler")
    assert await till.read.balances(held) == []
    assert [each.minor for each in await till.read.balances(author)] == owed
    assert [each.minor for each in await till.read.ledger_balance()] == [0]
