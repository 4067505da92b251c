"""The contract of payment gateways as tests: subclass a suite, give it your gateway on a rig, and run pytest.

    class TestMyGateway(GatewaySuite):
        @pytest.fixture
        async def rig(self):
            yield MyRig(...)   # a gateway and a provider that knows no payment yet

A `Rig` is the gateway together with the provider's side of it: the provider's test mode, or a fake of its
API. `SubscriptionGatewaySuite` is for gateways with the capability `subscriptions` besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pytest

from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.payments import (
    CAPTURE,
    PARTIAL_REFUNDS,
    REFUNDS,
    STALE_MILLISECONDS,
    Interval,
    Money,
    Notice,
    NoticeKind,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
    SubscriptionRequest,
    SubscriptionState,
)
from microblog_core.ports.gateways import Gateway, SubscriptionGateway

Webhook = tuple[Mapping[str, str], bytes]

TAKEN = (PaymentState.AUTHORISED, PaymentState.CAPTURED)


class Rig(Protocol):
    """A gateway and the provider's side of it. `capabilities` are those of the gateway's factory; `currency`
    is one that it takes.
    """

    gateway: Gateway
    capabilities: frozenset[str]
    currency: str

    def now(self) -> int:
        """The moment that the provider has, Unix milliseconds."""
        ...

    async def pay(self, gateway_id: str) -> None:
        """The payer pays a payment, or the first period of a subscription, on the provider's page."""
        ...

    async def webhook(self, gateway_id: str, *, at: int, forged: bool = False) -> Webhook:
        """Headers (names in lower case) and body of the webhook that tells of this payment or subscription,
        sent at this moment. A `forged` one is signed with another secret.
        """
        ...


class SubscriptionRig(Rig, Protocol):
    """A rig of a gateway with subscriptions."""

    async def renew(self, gateway_id: str) -> None:
        """The next period begins, and is paid."""
        ...


def payment_request(rig: Rig, number: int = 1, minor: int = 1200) -> PaymentRequest:
    """What the suite asks payers for."""
    return PaymentRequest(
        reference=f"suite-{number}",
        amount=Money(minor, rig.currency),
        country="",
        description="A tip for ada",
        return_url="https://example.org/payments/1/return",
        cancel_url="https://example.org/payments/1",
        webhook_url="https://example.org/payments/webhooks/suite",
    )


def subscription_request(rig: Rig, number: int = 1) -> SubscriptionRequest:
    """What the suite asks members for."""
    return SubscriptionRequest(
        reference=f"suite-{number}",
        amount=Money(500, rig.currency),
        country="",
        description="Membership of ada, every month",
        return_url="https://example.org/memberships/1/return",
        cancel_url="https://example.org/memberships/1",
        webhook_url="https://example.org/payments/webhooks/suite",
        interval=Interval.MONTH,
    )


class GatewaySuite:
    """What every gateway must do. Fixture: `rig`."""

    async def captured(self, rig: Rig, number: int = 1) -> PaymentStatus:
        """A payment that was paid and taken."""
        begun = await rig.gateway.begin(payment_request(rig, number), key=f"begin-{number}")
        await rig.pay(begun.gateway_id)
        status = await rig.gateway.fetch(begun.gateway_id)
        if status.state is PaymentState.AUTHORISED:
            assert CAPTURE in rig.capabilities
            status = await rig.gateway.capture(begun.gateway_id, key=f"capture-{number}")
        assert status.state is PaymentState.CAPTURED
        return status

    async def test_a_payment_begins_with_what_was_asked_for_and_says_where_to_pay(self, rig: Rig) -> None:
        request = payment_request(rig)
        begun = await rig.gateway.begin(request, key="a")
        assert (begun.gateway, begun.reference) == (rig.gateway.name, request.reference)
        assert begun.state is PaymentState.PENDING and begun.gateway_id and begun.redirect_url
        assert (begun.amount, begun.refunded_minor) == (request.amount, 0)
        assert await rig.gateway.fetch(begun.gateway_id) == begun

    async def test_the_same_key_begins_the_same_payment_and_another_key_another(self, rig: Rig) -> None:
        first = await rig.gateway.begin(payment_request(rig), key="a")
        again = await rig.gateway.begin(payment_request(rig), key="a")
        other = await rig.gateway.begin(payment_request(rig, 2), key="b")
        assert again.gateway_id == first.gateway_id != other.gateway_id
        await rig.pay(first.gateway_id)
        late = await rig.gateway.begin(payment_request(rig), key="a")
        assert late.gateway_id == first.gateway_id
        assert (await rig.gateway.fetch(other.gateway_id)).state is PaymentState.PENDING

    async def test_what_is_paid_is_taken_in_the_amount_that_was_asked_for(self, rig: Rig) -> None:
        status = await self.captured(rig)
        assert (status.amount, status.refunded_minor) == (payment_request(rig).amount, 0)
        assert (await rig.gateway.fetch(status.gateway_id)).state is PaymentState.CAPTURED

    async def test_amounts_keep_the_digits_of_their_currency(self, rig: Rig) -> None:
        for number, minor in enumerate((100, 1234, 99_999), 1):
            begun = await rig.gateway.begin(payment_request(rig, number, minor), key=f"digits-{number}")
            assert begun.amount == Money(minor, rig.currency)

    async def test_what_is_given_up_can_not_be_paid_any_more(self, rig: Rig) -> None:
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        for _ in range(2):
            cancelled = await rig.gateway.cancel(begun.gateway_id, key="cancel")
            assert cancelled.state is PaymentState.CANCELLED
        assert (await rig.gateway.fetch(begun.gateway_id)).state is PaymentState.CANCELLED

    async def test_what_was_taken_is_not_given_up(self, rig: Rig) -> None:
        status = await self.captured(rig)
        with pytest.raises(Conflict):
            await rig.gateway.cancel(status.gateway_id, key="cancel")
        assert (await rig.gateway.fetch(status.gateway_id)).state is PaymentState.CAPTURED

    async def test_what_nobody_paid_is_not_captured(self, rig: Rig) -> None:
        if CAPTURE not in rig.capabilities:
            return
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        with pytest.raises(Conflict):
            await rig.gateway.capture(begun.gateway_id, key="capture")

    async def test_a_whole_payment_is_given_back_once(self, rig: Rig) -> None:
        if REFUNDS not in rig.capabilities:
            return
        status = await self.captured(rig)
        for _ in range(2):
            refunded = await rig.gateway.refund(status.gateway_id, status.amount.minor, key="refund")
            assert refunded.state is PaymentState.REFUNDED
            assert refunded.refunded_minor == status.amount.minor
        with pytest.raises(Conflict):
            await rig.gateway.refund(status.gateway_id, 1, key="more")

    async def test_parts_are_given_back_and_add_up(self, rig: Rig) -> None:
        if PARTIAL_REFUNDS not in rig.capabilities:
            return
        status = await self.captured(rig)
        for _ in range(2):
            first = await rig.gateway.refund(status.gateway_id, 500, key="first")
            assert (first.state, first.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 500)
        with pytest.raises(Conflict):
            await rig.gateway.refund(status.gateway_id, status.amount.minor - 499, key="too-much")
        # The same amount once more is another refund if it has another key.
        second = await rig.gateway.refund(status.gateway_id, 500, key="second")
        assert (second.state, second.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 1000)
        rest = await rig.gateway.refund(status.gateway_id, status.amount.minor - 1000, key="rest")
        assert (rest.state, rest.refunded_minor) == (PaymentState.REFUNDED, status.amount.minor)
        fetched = await rig.gateway.fetch(status.gateway_id)
        assert (fetched.state, fetched.refunded_minor) == (PaymentState.REFUNDED, status.amount.minor)

    async def test_what_was_not_taken_is_not_given_back(self, rig: Rig) -> None:
        if REFUNDS not in rig.capabilities:
            return
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        with pytest.raises(Conflict):
            await rig.gateway.refund(begun.gateway_id, begun.amount.minor, key="refund")

    async def test_what_the_provider_does_not_know_is_not_found(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.gateway.fetch("nothing")
        with pytest.raises(NotFound):
            await rig.gateway.cancel("nothing", key="a")
        if REFUNDS in rig.capabilities:
            with pytest.raises(NotFound):
                await rig.gateway.refund("nothing", 1, key="b")

    async def rung(self, rig: Rig) -> tuple[PaymentStatus, Webhook]:
        """A payment with the webhook that tells of it."""
        status = await self.captured(rig)
        return status, await rig.webhook(status.gateway_id, at=rig.now())

    async def test_a_webhook_names_the_payment(self, rig: Rig) -> None:
        status, (headers, body) = await self.rung(rig)
        notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
        assert notice is not None and notice.event_id
        assert (notice.kind, notice.gateway_id) == (NoticeKind.PAYMENT, status.gateway_id)
        assert notice.reference in ("", status.reference)

    async def test_a_webhook_that_comes_again_is_the_same_event(self, rig: Rig) -> None:
        _, (headers, body) = await self.rung(rig)
        first, second = (rig.gateway.parse_webhook(headers, body, now=rig.now() + each) for each in (0, 1000))
        assert first is not None
        assert first == second

    async def test_a_forged_webhook_is_refused(self, rig: Rig) -> None:
        status, (headers, body) = await self.rung(rig)
        forged_headers, forged_body = await rig.webhook(status.gateway_id, at=rig.now(), forged=True)
        self.refused(rig, forged_headers, forged_body)
        self.refused(rig, {}, body)
        self.refused(rig, dict.fromkeys(headers, ""), body)
        self.refused(rig, dict.fromkeys(headers, "t=1,v1=ä"), body)
        self.refused(rig, {"content-type": "application/json"}, b"")

    async def test_a_webhook_with_another_body_is_refused(self, rig: Rig) -> None:
        _, (headers, body) = await self.rung(rig)
        self.refused(rig, headers, body + b" ")
        self.refused(rig, headers, body.replace(b"a", b"b", 1))
        self.refused(rig, headers, b"")

    async def test_a_webhook_that_was_signed_long_ago_or_in_the_future_is_refused(self, rig: Rig) -> None:
        _, (headers, body) = await self.rung(rig)
        assert rig.gateway.parse_webhook(headers, body, now=rig.now() + STALE_MILLISECONDS - 2000) is not None
        self.refused(rig, headers, body, rig.now() + STALE_MILLISECONDS + 2000)
        self.refused(rig, headers, body, rig.now() - STALE_MILLISECONDS - 2000)

    def refused(self, rig: Rig, headers: Mapping[str, str], body: bytes, now: int | None = None) -> None:
        """Parsing it raises `Forbidden`."""
        with pytest.raises(Forbidden):
            rig.gateway.parse_webhook(headers, body, now=rig.now() if now is None else now)


class SubscriptionGatewaySuite(GatewaySuite):
    """What a gateway with the capability `subscriptions` must do besides. Fixture: `rig`, a `SubscriptionRig`
    with a gateway that nobody has subscribed at.
    """

    def subscribes(self, rig: SubscriptionRig) -> SubscriptionGateway:
        """The gateway as one with subscriptions."""
        assert isinstance(rig.gateway, SubscriptionGateway)
        return rig.gateway

    async def running(self, rig: SubscriptionRig) -> str:
        """The `gateway_id` of a subscription whose first period is paid."""
        begun = await self.subscribes(rig).subscribe(subscription_request(rig), key="a")
        await rig.pay(begun.gateway_id)
        return begun.gateway_id

    async def test_a_subscription_begins_with_what_was_asked_for(self, rig: SubscriptionRig) -> None:
        gateway, request = self.subscribes(rig), subscription_request(rig)
        begun = await gateway.subscribe(request, key="a")
        assert begun.state is SubscriptionState.PENDING and begun.redirect_url and begun.gateway_id
        assert (begun.gateway, begun.reference) == (gateway.name, request.reference)
        assert (begun.amount, begun.interval) == (request.amount, Interval.MONTH)
        assert not [each for each in begun.payments if each.state in TAKEN]
        again = await gateway.subscribe(request, key="a")
        other = await gateway.subscribe(subscription_request(rig, 2), key="b")
        assert again.gateway_id == begun.gateway_id != other.gateway_id

    async def test_every_period_is_a_payment_of_its_own(self, rig: SubscriptionRig) -> None:
        gateway, gateway_id = self.subscribes(rig), await self.running(rig)
        status = await gateway.fetch_subscription(gateway_id)
        assert status.state is SubscriptionState.ACTIVE and not status.cancel_at_period_end
        (first,) = status.payments
        assert (first.state, first.amount) == (PaymentState.CAPTURED, subscription_request(rig).amount)
        days = (first.period_end - first.period_start) / (24 * 3600 * 1000)
        assert 28 <= days <= 31
        await rig.renew(gateway_id)
        renewed = await gateway.fetch_subscription(gateway_id)
        assert renewed.state is SubscriptionState.ACTIVE
        assert len(renewed.payments) == 2
        before, after = renewed.payments
        assert before == first
        assert after.gateway_id != before.gateway_id and after.period_start == before.period_end
        assert after.state is PaymentState.CAPTURED

    async def test_the_payment_of_a_period_can_be_fetched_and_given_back(self, rig: SubscriptionRig) -> None:
        gateway, gateway_id = self.subscribes(rig), await self.running(rig)
        (payment,) = (await gateway.fetch_subscription(gateway_id)).payments
        assert await gateway.fetch(payment.gateway_id) == payment
        if REFUNDS not in rig.capabilities:
            return
        await gateway.refund(payment.gateway_id, payment.amount.minor, key="refund")
        (refunded,) = (await gateway.fetch_subscription(gateway_id)).payments
        assert (refunded.state, refunded.refunded_minor) == (PaymentState.REFUNDED, payment.amount.minor)

    async def test_a_subscription_ends_when_what_was_paid_is_over(self, rig: SubscriptionRig) -> None:
        gateway, gateway_id = self.subscribes(rig), await self.running(rig)
        for _ in range(2):
            ending = await gateway.end_subscription(gateway_id, at_period_end=True, key="end")
            assert ending.state is SubscriptionState.ACTIVE and ending.cancel_at_period_end
        await rig.renew(gateway_id)
        ended = await gateway.fetch_subscription(gateway_id)
        assert ended.state is SubscriptionState.ENDED and len(ended.payments) == 1
        assert ended.ended_at == ended.payments[0].period_end

    async def test_a_subscription_ends_at_once(self, rig: SubscriptionRig) -> None:
        gateway, gateway_id = self.subscribes(rig), await self.running(rig)
        for _ in range(2):
            ended = await gateway.end_subscription(gateway_id, at_period_end=False, key="end")
            assert ended.state is SubscriptionState.ENDED and 0 < ended.ended_at <= rig.now()
        await rig.renew(gateway_id)
        assert len((await gateway.fetch_subscription(gateway_id)).payments) == 1

    async def test_unknown_subscriptions_are_not_found(self, rig: SubscriptionRig) -> None:
        gateway = self.subscribes(rig)
        with pytest.raises(NotFound):
            await gateway.fetch_subscription("nothing")
        with pytest.raises(NotFound):
            await gateway.end_subscription("nothing", at_period_end=True, key="end")

    async def test_a_webhook_names_the_subscription(self, rig: SubscriptionRig) -> None:
        gateway_id = await self.running(rig)
        headers, body = await rig.webhook(gateway_id, at=rig.now())
        notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
        assert isinstance(notice, Notice)
        assert (notice.kind, notice.gateway_id) == (NoticeKind.SUBSCRIPTION, gateway_id)
