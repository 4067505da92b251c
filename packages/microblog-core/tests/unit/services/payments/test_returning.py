"""Payers who come back are told at once, whatever the webhook does; the sandbox's page has two buttons."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.ports.gateways import NoGateways
from microblog_core.services.payments.returning import (
    Decide,
    Returned,
    decide_in_sandbox,
    read_checkout,
    return_to_membership,
    return_to_payment,
)


async def test_whoever_comes_back_sees_that_it_is_paid(world, till, ada, bob):
    payment, payer = await till.tip(bob, ada, 509), await world.actor(bob)
    await till.pay(payment)
    paid = await return_to_payment(till.ports, payer, Returned(id=payment.id))
    assert paid.payment.state is PaymentState.CAPTURED
    assert await return_to_payment(till.ports, payer, Returned(id=payment.id)) == paid
    membership = await till.join(bob, await till.tier(ada, 309))
    await till.pay(membership)
    after = await return_to_membership(till.ports, payer, Returned(id=membership.id))
    assert after.state is SubscriptionState.ACTIVE


async def test_where_the_provider_does_not_answer_it_stays_as_it_is_known(world, till, ada, bob, monkeypatch):
    payment = await till.tip(bob, ada)
    membership = await till.join(bob, await till.tier(ada))

    async def fail(gateway_id):
        raise OSError("cable")

    monkeypatch.setattr(till.sandbox, "fetch", fail)
    monkeypatch.setattr(till.sandbox, "fetch_subscription", fail)
    actor = await world.actor(bob)
    assert (await return_to_payment(till.ports, actor, Returned(id=payment.id))).payment == payment
    assert await return_to_membership(till.ports, actor, Returned(id=membership.id)) == membership


async def test_others_come_back_to_nothing(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    membership = await till.join(bob, await till.tier(ada))
    for come_back, what in ((return_to_payment, payment), (return_to_membership, membership)):
        with pytest.raises(NotFound):
            await come_back(till.ports, await world.actor(ada), Returned(id=what.id))


async def test_the_sandboxes_page_has_two_buttons(world, till, ada, bob):
    for decision, state in (
        (Decision.PAY, PaymentState.CAPTURED),
        (Decision.DECLINE, PaymentState.CANCELLED),
    ):
        payment = await till.tip(bob, ada)
        checkout = await read_checkout(till.ports, payment.gateway_id)
        assert checkout.open and checkout.begun.money == payment.amount
        url = await decide_in_sandbox(till.ports, Decide(gateway_id=payment.gateway_id, decision=decision))
        page = f"https://microblog.example/payments/{payment.id}"
        assert url == (f"{page}?returned=1" if decision is Decision.PAY else page)
        await till.run_jobs()
        assert (await till.now(payment)).state is state
        assert not (await read_checkout(till.ports, payment.gateway_id)).open


async def test_a_site_without_the_sandbox_has_no_such_page(world, till):
    with pytest.raises(NotFound):
        await read_checkout(till.ports, "pay_nothing")
    with pytest.raises(NotFound):
        await read_checkout(dataclasses.replace(till.ports, gateways=NoGateways()), "pay_nothing")
