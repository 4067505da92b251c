"""What happens to money at Stripe, and how it is counted there."""

from __future__ import annotations

import pytest
from stripe_rig import DAY, StripeRig

from microblog_core.domain.errors import Conflict, Declined
from microblog_core.domain.payments import Interval, Money, NoticeKind, PaymentState, SubscriptionState
from microblog_core.testing.gateways import payment_request, subscription_request
from microblog_plugins.stripe.amounts import from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "number"),
    [
        (Money(1234, "EUR"), 1234),
        (Money(500, "JPY"), 500),
        (Money(5, "ISK"), 500),
        (Money(5120, "KWD"), 5120),
        (Money(300, "MGA"), 3),
        (Money(1200, "HUF"), 1200),
    ],
)
def test_amounts_are_counted_as_stripe_counts(amount: Money, number: int) -> None:
    assert to_stripe(amount) == number
    assert from_stripe(number, amount.currency.lower()) == amount


@pytest.mark.parametrize(
    "amount", [Money(5124, "KWD"), Money(301, "MGA"), Money(5000, "UGX"), Money(5000, "UYI")]
)
def test_what_stripe_can_not_count_is_declined(amount: Money) -> None:
    with pytest.raises(Declined):
        to_stripe(amount)


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1200), ("KWD", 1230), ("ISK", 70), ("BRL", 990)])
async def test_other_currencies_are_paid_and_given_back(currency: str, minor: int) -> None:
    async with StripeRig(currency) as rig:
        begun = await rig.gateway.begin(payment_request(rig, minor=minor), key="a")
        assert begun.amount == Money(minor, currency)
        rig.provider.pay(begun.gateway_id)
        refunded = await rig.gateway.refund(begun.gateway_id, 10, key="r")
        assert (refunded.amount, refunded.refunded_minor) == (Money(minor, currency), 10)


async def test_a_part_that_stripe_can_not_count_is_not_given_back() -> None:
    async with StripeRig("KWD") as rig:
        begun = await rig.gateway.begin(payment_request(rig, minor=1230), key="a")
        rig.provider.pay(begun.gateway_id)
        with pytest.raises(Conflict):
            await rig.gateway.refund(begun.gateway_id, 5, key="r")


async def test_a_card_that_is_refused_leaves_the_page_open_for_another(rig: StripeRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id, "declined")
    assert await rig.gateway.fetch(begun.gateway_id) == begun
    rig.provider.pay(begun.gateway_id)
    assert (await rig.gateway.fetch(begun.gateway_id)).state is PaymentState.CAPTURED


async def test_a_page_that_nobody_used_runs_out(rig: StripeRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.advance(DAY)
    over = await rig.gateway.fetch(begun.gateway_id)
    assert (over.state, over.reason, over.redirect_url) == (PaymentState.FAILED, "expired", "")
    # And is not given up by that.
    assert (await rig.gateway.cancel(begun.gateway_id, key="c")).state is PaymentState.FAILED


@pytest.mark.parametrize(
    ("won", "state"), [(True, PaymentState.CAPTURED), (False, PaymentState.CHARGED_BACK)]
)
async def test_a_dispute_holds_the_money_back_until_it_is_decided(
    rig: StripeRig, won: bool, state: PaymentState
) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id)
    rig.provider.dispute(begun.gateway_id)
    disputed = await rig.gateway.fetch(begun.gateway_id)
    assert disputed.state is PaymentState.DISPUTED
    with pytest.raises(Conflict):
        await rig.gateway.refund(begun.gateway_id, 100, key="r")
    rig.provider.decide(begun.gateway_id, won=won)
    assert (await rig.gateway.fetch(begun.gateway_id)).state is state


async def test_the_webhook_of_a_dispute_leads_to_the_payment(rig: StripeRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id)
    rig.provider.dispute(begun.gateway_id)
    headers, body = await rig.webhook(begun.gateway_id, at=rig.now())
    notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
    # A dispute names the payment intent alone; what that belongs to, fetching says.
    assert notice is not None and (notice.kind, notice.reference) == (NoticeKind.PAYMENT, "")
    status = await rig.gateway.fetch(notice.gateway_id)
    assert (status.gateway_id, status.reference) == (begun.gateway_id, begun.reference)
    assert status.state is PaymentState.DISPUTED


async def subscribed(rig: StripeRig) -> str:
    begun = await rig.gateway.subscribe(subscription_request(rig), key="s")
    rig.provider.pay(begun.gateway_id)
    return begun.gateway_id


async def test_a_renewal_that_fails_is_late_and_may_be_paid_after_all(rig: StripeRig) -> None:
    gateway_id = await subscribed(rig)
    rig.provider.failing.add(gateway_id)
    rig.provider.advance(31 * DAY)
    late = await rig.gateway.fetch_subscription(gateway_id)
    assert late.state is SubscriptionState.PAST_DUE
    assert [each.state for each in late.payments] == [PaymentState.CAPTURED, PaymentState.FAILED]
    assert late.payments[1].reason == "Your card was declined."
    rig.provider.recover(gateway_id)
    paid = await rig.gateway.fetch_subscription(gateway_id)
    assert paid.state is SubscriptionState.ACTIVE
    assert [each.state for each in paid.payments] == [PaymentState.CAPTURED] * 2
    assert [each.gateway_id for each in paid.payments] == [each.gateway_id for each in late.payments]


async def test_webhooks_of_renewals_and_of_ends_lead_to_the_subscription(rig: StripeRig) -> None:
    gateway_id = await subscribed(rig)
    rig.provider.advance(31 * DAY)
    for _ in range(2):
        headers, body = await rig.webhook(gateway_id, at=rig.now())
        notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
        assert notice is not None
        assert (notice.kind, notice.reference) == (NoticeKind.SUBSCRIPTION, "suite-1")
        assert (await rig.gateway.fetch_subscription(notice.gateway_id)).gateway_id == gateway_id
        await rig.gateway.end_subscription(gateway_id, at_period_end=False, key="e")


async def test_the_payment_of_a_period_is_found_by_the_webhook_of_its_refund(rig: StripeRig) -> None:
    gateway_id = await subscribed(rig)
    (payment,) = (await rig.gateway.fetch_subscription(gateway_id)).payments
    await rig.gateway.refund(payment.gateway_id, 100, key="r")
    headers, body = await rig.webhook(payment.gateway_id, at=rig.now())
    notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
    assert notice is not None
    fetched = await rig.gateway.fetch(notice.gateway_id)
    assert (fetched.gateway_id, fetched.refunded_minor) == (payment.gateway_id, 100)
    with pytest.raises(Conflict):
        await rig.gateway.cancel(payment.gateway_id, key="c")


async def test_a_year_is_a_year(rig: StripeRig) -> None:
    from msgspec.structs import replace

    request = replace(subscription_request(rig), interval=Interval.YEAR)
    begun = await rig.gateway.subscribe(request, key="y")
    rig.provider.pay(begun.gateway_id)
    status = await rig.gateway.fetch_subscription(begun.gateway_id)
    assert status.interval is Interval.YEAR
    (payment,) = status.payments
    assert (payment.period_end - payment.period_start) // (DAY * 1000) == 365


async def test_a_subscription_that_nobody_paid_is_given_up(rig: StripeRig) -> None:
    begun = await rig.gateway.subscribe(subscription_request(rig), key="s")
    ended = await rig.gateway.end_subscription(begun.gateway_id, at_period_end=True, key="e")
    assert (ended.state, ended.payments) == (SubscriptionState.ENDED, ())
    assert 0 < ended.ended_at <= rig.now()
    with pytest.raises(ValueError, match="nothing to decide"):
        rig.provider.pay(begun.gateway_id)
