"""Webhooks are doorbells: verified or refused, kept once, in any order, and believed in nothing."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from microblog_core.defaults.sandbox import Decision, SandboxGateway
from microblog_core.domain.errors import Forbidden, NotFound, TooLarge
from microblog_core.domain.ledger import Balance
from microblog_core.domain.money import Money
from microblog_core.domain.payments import PaymentState
from microblog_core.services.payments.reconciling import reconcile
from microblog_core.services.payments.webhooks import BODY_BYTES, Received, receive_webhook
from microblog_core.testing.gateways import payment_request


async def rung(till, payment):
    """The webhook of a payment that was just paid."""
    await till.sandbox.decide(payment.gateway_id, Decision.PAY)
    return await till.sandbox.webhook(payment.gateway_id)


async def test_a_webhook_is_kept_with_its_job_before_anything_is_done(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    headers, body = await rung(till, payment)
    assert await receive_webhook(till.ports, "sandbox", headers, body) is Received.STORED
    event = f"{payment.gateway_id}-2"
    kept = await till.read.webhook("sandbox", event)
    assert (kept.body, kept.handled_at) == (body, 0)
    assert (await till.now(payment)).state is PaymentState.PENDING
    await till.run_jobs()
    assert (await till.now(payment)).state is PaymentState.CAPTURED
    assert (await till.read.webhook("sandbox", event)).handled_at == world.clock.now()


async def test_a_webhook_that_comes_again_changes_nothing(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    headers, body = await rung(till, payment)
    for outcome in (Received.STORED, Received.KNOWN, Received.KNOWN):
        assert await receive_webhook(till.ports, "sandbox", headers, body) is outcome
        await till.run_jobs()
    assert await till.read.balances(f"author:{ada.id}") == [Balance(f"author:{ada.id}", "EUR", -500)]


async def test_webhooks_may_come_in_any_order(world, till, ada, bob):
    for number, order in enumerate(itertools.permutations(range(3))):
        payment = await till.tip(bob, ada, 1000 + 100 * number)
        webhooks = [await rung(till, payment)]
        for key in ("a", "b"):
            await till.sandbox.refund(payment.gateway_id, 300, key=key)
            webhooks.append(await till.sandbox.webhook(payment.gateway_id))
        for index in order:
            await receive_webhook(till.ports, "sandbox", *webhooks[index])
            await till.run_jobs()
        now = await till.now(payment)
        assert (now.state, now.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 600)
    assert [each.minor for each in await till.read.ledger_balance()] == [0]


async def test_many_at_the_same_time_credit_once(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    headers, body = await rung(till, payment)
    world.clock.advance(120)
    headers = till.sandbox.signed(body, world.clock.now())
    await asyncio.gather(
        *(receive_webhook(till.ports, "sandbox", headers, body) for _ in range(5)),
        *(reconcile(till.ports, everything=True) for _ in range(5)),
    )
    await till.run_jobs()
    assert await till.read.balances(f"author:{ada.id}") == [Balance(f"author:{ada.id}", "EUR", -500)]
    assert len(await till.read.entries(payment.id)) == 3


async def test_what_is_forged_stale_or_another_sites_is_refused_counted_and_logged(
    world, till, ada, bob, caplog
):
    payment = await till.tip(bob, ada)
    headers, body = await rung(till, payment)
    forger = SandboxGateway(b"guessed", None, world.clock, str)
    await refused(till, Forbidden, forger.signed(body, world.clock.now()), body)
    await refused(till, Forbidden, headers, body + b" ")
    await refused(till, Forbidden, {}, body)
    await refused(till, Forbidden, till.sandbox.signed(body, world.clock.now() - 301_000), body)
    # Another site with the same account at the provider, and so with the same secret.
    other = body.replace(b"test-p", b"other-p").replace(payment.gateway_id.encode(), b"pay_unknown")
    await refused(till, Forbidden, till.sandbox.signed(other, world.clock.now()), other)
    assert till.refusals == [{"gateway": "sandbox", "reason": "forbidden"}] * 5
    assert sum("was refused" in each.message for each in caplog.records) == 5
    assert (await till.now(payment)).state is PaymentState.PENDING
    assert await till.read.webhook("sandbox", f"{payment.gateway_id}-2") is None


async def refused(till, kind, headers, body, gateway="sandbox"):
    with pytest.raises(kind):
        await receive_webhook(till.ports, gateway, headers, body)


async def test_what_is_about_nothing_here_is_not_found(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    headers, body = await rung(till, payment)
    await refused(till, NotFound, headers, body, "elsewhere")
    unknown = body.replace(payment.gateway_id.encode(), b"pay_unknown").replace(
        str(payment.id).encode(), b"7"
    )
    await refused(till, NotFound, till.sandbox.signed(unknown, world.clock.now()), unknown)
    await refused(till, TooLarge, headers, b"x" * (BODY_BYTES + 1))
    assert [each["gateway"] for each in till.refusals] == ["unknown", "sandbox", "sandbox"]


async def test_a_webhook_may_be_quicker_than_the_providers_answer(world, till, ada, bob):
    payment = await till.tip(bob, ada, 503)
    assert payment.gateway_id == ""
    (gateway_id,) = await till.sandbox.logs()
    await till.sandbox.decide(gateway_id, Decision.PAY)
    await till.ring(gateway_id)
    now = await till.now(payment)
    assert (now.state, now.gateway_id) == (PaymentState.CAPTURED, gateway_id)


async def test_what_a_gateway_can_not_read_is_refused(world, till, ada, bob):
    class Confused(SandboxGateway):
        def parse_webhook(self, headers, body, *, now):
            raise KeyError("id")

    till.sandbox.__class__ = Confused
    await refused(till, Forbidden, {}, b"{}")


async def test_a_gateway_may_say_that_a_webhook_tells_of_nothing(world, till):
    class Quiet(SandboxGateway):
        def parse_webhook(self, headers, body, *, now):
            return None

    till.sandbox.__class__ = Quiet
    assert await receive_webhook(till.ports, "sandbox", {}, b"{}") is Received.IGNORED


async def test_another_amount_is_credited_to_nobody_and_flagged(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    real = till.sandbox.fetch

    async def fetch(gateway_id):
        return replace(await real(gateway_id), amount=Money(499, "EUR"))

    till.sandbox.fetch = fetch
    await till.pay(payment)
    now = await till.now(payment)
    assert now.state is PaymentState.PENDING and "4.99 EUR instead of 5.00 EUR" in now.attention
    assert await till.read.balances() == []


class Distant(SandboxGateway):
    """Its webhooks name payments by an id that the answer to `begin` did not have, and nothing else."""

    def parse_webhook(self, headers, body, *, now):
        notice = super().parse_webhook(headers, body, now=now)
        return replace(notice, gateway_id=f"intent/{notice.gateway_id}", reference="")

    async def fetch(self, gateway_id):
        return await super().fetch(gateway_id.removeprefix("intent/"))

    async def fetch_subscription(self, gateway_id):
        return await super().fetch_subscription(gateway_id.removeprefix("intent/"))


async def test_whose_a_webhook_is_that_does_not_say_so_the_gateway_is_asked(world, till, ada, bob):
    till.sandbox.__class__ = Distant
    payment, membership = await till.tip(bob, ada), await till.join(bob, await till.tier(ada))
    await till.pay(payment)
    await till.pay(membership)
    assert (await till.now(payment)).state is PaymentState.CAPTURED
    assert (await till.membership(membership)).access_until > world.clock.now()
    kept = await till.read.webhook("sandbox", f"{payment.gateway_id}-2")
    assert kept.handled_at == world.clock.now()


async def test_what_turns_out_to_be_nothing_of_ours_is_handled_and_changes_nothing(
    world, till, ada, bob, caplog
):
    till.sandbox.__class__ = Distant
    elsewhere = payment_request(SimpleNamespace(currency="EUR"))
    for reference in ("other-p1", "test-p7"):
        status = await till.sandbox.begin(replace(elsewhere, reference=reference), key=reference)
        await till.sandbox.decide(status.gateway_id, Decision.PAY)
        await till.ring(status.gateway_id)
        kept = await till.read.webhook("sandbox", f"{status.gateway_id}-2")
        assert kept.handled_at == world.clock.now()
    assert sum("about nothing here" in each.message for each in caplog.records) == 2
    assert await till.read.balances() == []
