"""Memberships: begun, renewed, late, ended; access follows from what was paid and from nothing else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.events import MembershipRenewed, PaymentCaptured
from microblog_core.domain.payments import Interval, PaymentState, SubscriptionState
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.services.notifications import read_notifications
from microblog_core.services.payments.memberships import EndMembership, end_membership
from microblog_core.services.payments.reconciling import DAY, reconcile
from microblog_core.services.payments.refunds import RefundPayment, refund_payment

GRACE = 3 * DAY


async def pass_days(till, days):
    till.world.clock.advance(days * DAY / 1000)
    await reconcile(till.ports, everything=True)


async def test_a_membership_gives_access_for_what_was_paid_and_a_grace(world, till, ada, bob):
    membership = await till.join(bob, await till.tier(ada))
    assert membership.state is SubscriptionState.PENDING and membership.redirect_url
    assert membership.access_until == 0
    await till.pay(membership)
    paid = await till.membership(membership)
    assert paid.state is SubscriptionState.ACTIVE and not paid.redirect_url
    (payment,) = await till.read.of_membership(membership.id)
    assert (payment.payer_id, payment.payee_id, payment.amount.minor) == (bob.id, ada.id, 300)
    assert (paid.paid_until, paid.access_until) == (payment.period_end, payment.period_end + GRACE)
    assert payment.period_end - payment.period_start == 31 * DAY
    told = await read_notifications(till.ports, await world.actor(ada), Page())
    assert [each.kind for each in told.items] == ["member"]


async def test_renewals_are_payments_of_their_own(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    await pass_days(till, 32)
    await pass_days(till, 28)
    payments = await till.read.of_membership(membership.id)
    assert [each.state for each in payments] == [PaymentState.CAPTURED] * 3
    assert [each.minor for each in await till.read.balances(f"author:{ada.id}")] == [-900]
    assert len(world.bus.of(PaymentCaptured)) == 3
    assert len(world.bus.of(MembershipRenewed)) == 2
    told = await read_notifications(till.ports, await world.actor(bob), Page())
    assert [each.kind for each in told.items] == ["renewed", "renewed", "paid"]
    now = await till.membership(membership)
    assert now.paid_until == payments[-1].period_end


async def test_a_year_is_paid_at_once(world, till, ada, bob):
    tier = await till.tier(ada, yearly=3000)
    membership = await till.joined(bob, tier, Interval.YEAR)
    assert (membership.paid_until - world.clock.now()) // DAY in (364, 365)
    assert membership.amount.minor == 3000


async def test_a_renewal_that_is_late_has_a_grace_and_then_no_access(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada, 311))
    await pass_days(till, 32)
    late = await till.membership(membership)
    assert late.state is SubscriptionState.PAST_DUE and late.gives_access(world.clock.now())
    await pass_days(till, 3)
    over = await till.membership(membership)
    assert over.live and not over.gives_access(world.clock.now())
    await pass_days(till, 14)
    assert (await till.membership(membership)).state is SubscriptionState.ENDED
    told = await read_notifications(till.ports, await world.actor(bob), Page())
    assert "payment_failed" in [each.kind for each in told.items]


async def test_a_late_renewal_brings_access_back(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada, 312))
    await pass_days(till, 32)
    assert (await till.membership(membership)).state is SubscriptionState.PAST_DUE
    await pass_days(till, 2)
    paid = await till.membership(membership)
    assert paid.state is SubscriptionState.ACTIVE and paid.paid_until > world.clock.now()
    _, second = await till.read.of_membership(membership.id)
    assert [entry.after for entry in await till.read.entries(second.id)] == ["created", "failed", "captured"]


async def end(till, account, membership, **changes):
    command = EndMembership(membership_id=membership.id, **changes)
    return await end_membership(till.ports, await till.world.actor(account), command)


async def test_an_ended_membership_lasts_as_long_as_it_was_paid(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    ending = await end(till, bob, membership)
    assert ending.cancel_at_period_end and ending.state is SubscriptionState.ACTIVE
    assert ending.access_until == ending.paid_until == membership.paid_until
    await pass_days(till, 32)
    over = await till.membership(membership)
    assert over.state is SubscriptionState.ENDED and not over.gives_access(world.clock.now())
    assert len(await till.read.of_membership(membership.id)) == 1
    again = await till.joined(bob, await till.read.tier(membership.tier_id))
    assert again.id != membership.id


async def test_a_membership_that_ends_at_once_gives_no_access_any_more(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    ended = await end(till, bob, membership, at_once=True)
    assert ended.state is SubscriptionState.ENDED and not ended.gives_access(world.clock.now())
    assert await end(till, bob, ended) == ended


async def test_others_end_nothing_and_operators_are_in_the_audit_log(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    with pytest.raises(NotFound):
        await end(till, ada, membership)
    await end_membership(till.ports, SYSTEM, EndMembership(membership_id=membership.id))
    (line,) = (await world.storage.audit(Page())).items
    assert (line.action, line.subject) == ("membership.ended", str(membership.id))


async def test_what_was_given_back_gives_no_access(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    await pass_days(till, 32)
    first, second = await till.read.of_membership(membership.id)
    await refund_payment(till.ports, await world.actor(ada), RefundPayment(payment_id=second.id, minor=100))
    assert (await till.membership(membership)).paid_until == second.period_end
    await refund_payment(till.ports, await world.actor(ada), RefundPayment(payment_id=second.id))
    back = await till.membership(membership)
    assert (back.paid_until, back.access_until) == (first.period_end, first.period_end + GRACE)


async def test_what_was_begun_and_not_paid_is_gone_on_with_or_replaced(world, till, ada, bob):
    tier, other = await till.tier(ada), await till.tier(ada, 500, name="Patrons")
    first = await till.join(bob, tier)
    assert (await till.join(bob, tier)).id == first.id
    second = await till.join(bob, other)
    assert second.id != first.id
    assert (await till.membership(first)).state is SubscriptionState.ENDED
    await till.pay(second)
    with pytest.raises(Conflict) as member:
        await till.join(bob, tier)
    assert member.value.guard == "membership"


async def test_what_was_paid_after_all_is_found_before_another_is_begun(world, till, ada, bob):
    tier = await till.tier(ada)
    membership = await till.join(bob, tier)
    await till.pay(membership, rings=False)
    with pytest.raises(Conflict):
        await till.join(bob, tier)
    assert (await till.membership(membership)).state is SubscriptionState.ACTIVE


@pytest.mark.parametrize("minor", [301, 302])
async def test_what_no_gateway_takes_has_ended(world, till, ada, bob, minor):
    membership = await till.join(bob, await till.tier(ada, minor))
    assert membership.state is SubscriptionState.ENDED and membership.reason


async def test_a_lost_answer_is_asked_for_again(world, till, ada, bob):
    membership = await till.join(bob, await till.tier(ada, 303))
    assert (membership.gateway_id, membership.redirect_url) == ("", "")
    await pass_days(till, 0.01)
    known = await till.membership(membership)
    assert known.redirect_url
    await till.pay(known)
    assert (await till.membership(membership)).state is SubscriptionState.ACTIVE


async def test_whoever_asks_again_after_a_lost_answer_is_sent_to_the_same_page(world, till, ada, bob):
    tier = await till.tier(ada, 303)
    lost = await till.join(bob, tier, idempotency_key="k")
    assert lost.redirect_url == ""
    again = await till.join(bob, tier, idempotency_key="k")
    assert again.id == lost.id and again.redirect_url


async def test_a_webhook_may_be_quicker_than_the_answer(world, till, ada, bob):
    membership = await till.join(bob, await till.tier(ada, 303))
    (gateway_id,) = await till.sandbox.logs()
    await till.sandbox.decide(gateway_id, Decision.PAY)
    await till.ring(gateway_id)
    assert (await till.membership(membership)).state is SubscriptionState.ACTIVE


async def test_tiers_that_are_not_offered_are_not_taken(world, till, ada, bob):
    tier = await till.tier(ada)
    with pytest.raises(Invalid) as invalid:
        await till.join(bob, tier, Interval.YEAR)
    assert list(invalid.value.fields) == ["interval"]
    with pytest.raises(Invalid, match="yourself"):
        await till.join(ada, tier)


async def test_one_that_lives_again_beside_another_is_for_an_operator(world, till, ada, bob, monkeypatch):
    tier, other = await till.tier(ada), await till.tier(ada, 500, name="Patrons")
    first = await till.join(bob, tier)
    await till.joined(bob, other)
    # The provider says that the first one was paid after all.
    fetch = till.sandbox.fetch_subscription

    async def paid(gateway_id):
        status = await fetch(gateway_id)
        if gateway_id == first.gateway_id:
            return replace(status, state=SubscriptionState.ACTIVE, ended_at=0)
        return status

    monkeypatch.setattr(till.sandbox, "fetch_subscription", paid)
    await till.ring(first.gateway_id)
    flagged = await till.membership(first)
    assert flagged.state is SubscriptionState.ENDED and "has another one" in flagged.attention
