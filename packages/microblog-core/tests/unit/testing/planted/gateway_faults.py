"""Gateways with a fault each, on the sandbox."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.defaults.sandbox import Decision, MemoryShelf, SandboxGateway
from microblog_core.defaults.sandbox_log import DAY
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.payments import CAPABILITIES, Notice, NoticeKind, PaymentState, PaymentStatus
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.gateways import SubscriptionGatewaySuite, payment_request
from microblog_core.testing.planted import Planted


class SandboxRig:
    """The sandbox, with a clock that stands still until somebody turns it."""

    capabilities = CAPABILITIES
    currency = "EUR"

    def __init__(self, kind: type[SandboxGateway] = SandboxGateway) -> None:
        self.clock, self.shelf = FrozenClock(), MemoryShelf()
        self.gateway: Any = self.made(kind)

    def made(self, kind: type[SandboxGateway] = SandboxGateway, secret: bytes = b"secret") -> SandboxGateway:
        """A gateway on the same shelf: what another process has."""
        return kind(secret, self.shelf, self.clock, lambda gateway_id: f"/sandbox/{gateway_id}")

    def now(self) -> int:
        return self.clock.now()

    async def pay(self, gateway_id: str) -> None:
        await self.gateway.decide(gateway_id, Decision.PAY)

    async def renew(self, gateway_id: str) -> None:
        self.clock.advance(31 * DAY / 1000)

    async def webhook(
        self, gateway_id: str, *, at: int, forged: bool = False
    ) -> tuple[dict[str, str], bytes]:
        made = await self.gateway.webhook(gateway_id)
        assert made is not None
        return self.made(secret=b"guessed" if forged else b"secret").signed(made[1], at), made[1]


class BeginsAnew(SandboxGateway):
    """Forgets keys."""

    async def begin(self, request: Any, *, key: str) -> PaymentStatus:
        self.count = getattr(self, "count", 0) + 1
        return await super().begin(request, key=f"{key}-{self.count}")


class RefundsAgain(SandboxGateway):
    """Gives back once more when it is asked again."""

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        self.count = getattr(self, "count", 0) + 1
        return await super().refund(gateway_id, minor, key=f"{key}-{self.count}")


class RefundsTooMuch(SandboxGateway):
    """Gives back what is left where more is asked for."""

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        status = await self.fetch(gateway_id)
        left = status.amount.minor - status.refunded_minor
        return await super().refund(gateway_id, min(minor, left) or minor, key=key)


class BelievesAnybody(SandboxGateway):
    """Reads a webhook without looking at its signature."""

    def parse_webhook(self, headers: Any, body: bytes, *, now: int) -> Notice | None:
        return super().parse_webhook(self.signed(body, now), body, now=now)


class NeverForgets(SandboxGateway):
    """Believes a webhook however old it is."""

    def parse_webhook(self, headers: Any, body: bytes, *, now: int) -> Notice | None:
        stamp = next(iter(headers.values()), "").partition(",")[0]
        return super().parse_webhook(headers, body, now=int(stamp) if stamp.isdigit() else now)


class CountsInCents(SandboxGateway):
    """Loses the last digit."""

    async def begin(self, request: Any, *, key: str) -> PaymentStatus:
        status = await super().begin(request, key=key)
        return replace(status, amount=replace(status.amount, minor=status.amount.minor // 10 * 10))


class KnowsEverything(SandboxGateway):
    """Says that what it doesn't know was cancelled."""

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        try:
            return await super().fetch(gateway_id)
        except NotFound:
            request = payment_request(SandboxRig())
            return PaymentStatus(
                gateway="sandbox",
                gateway_id=gateway_id,
                reference="",
                state=PaymentState.CANCELLED,
                amount=request.amount,
            )


class HidesRenewals(SandboxGateway):
    """Tells of the first payment of a subscription alone."""

    async def fetch_subscription(self, gateway_id: str) -> Any:
        status = await super().fetch_subscription(gateway_id)
        return replace(status, payments=status.payments[:1])


class EndsLater(SandboxGateway):
    """Ends nothing at once."""

    async def end_subscription(self, gateway_id: str, *, at_period_end: bool, key: str) -> Any:
        return await super().end_subscription(gateway_id, at_period_end=True, key=key)


class HidesThePage(SandboxGateway):
    """Doesn't say where to pay."""

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        return replace(await super().fetch(gateway_id), redirect_url="")

    async def fetch_subscription(self, gateway_id: str) -> Any:
        return replace(await super().fetch_subscription(gateway_id), redirect_url="")


class TakesAFee(SandboxGateway):
    """Tells what is left of a payment instead of what was paid."""

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        status = await super().fetch(gateway_id)
        if status.state is not PaymentState.CAPTURED:
            return status
        return replace(status, amount=replace(status.amount, minor=status.amount.minor - 30))


class GivesNothingUp(SandboxGateway):
    """Lets a payer pay what was given up."""

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        return await self.fetch(gateway_id)


class SaysYes(SandboxGateway):
    """Takes what can't be done for done."""

    async def _move(self, gateway_id: str, *arguments: Any, **named: Any) -> PaymentStatus:
        try:
            return await super()._move(gateway_id, *arguments, **named)
        except Conflict:
            return await self.fetch(gateway_id)


class NamesNobody(SandboxGateway):
    """Leaves out which payment a webhook tells of."""

    def parse_webhook(self, headers: Any, body: bytes, *, now: int) -> Notice | None:
        notice = super().parse_webhook(headers, body, now=now)
        return notice and replace(notice, gateway_id="")


class CountsEveryTime(SandboxGateway):
    """Takes a webhook that comes again for another event."""

    def parse_webhook(self, headers: Any, body: bytes, *, now: int) -> Notice | None:
        notice = super().parse_webhook(headers, body, now=now)
        return notice and replace(notice, event_id=str(now))


class KnowsPaymentsAlone(SandboxGateway):
    """Takes every webhook for one about a payment."""

    def parse_webhook(self, headers: Any, body: bytes, *, now: int) -> Notice | None:
        notice = super().parse_webhook(headers, body, now=now)
        return notice and replace(notice, kind=NoticeKind.PAYMENT)


class SubscribesAnew(SandboxGateway):
    """Forgets the keys of subscriptions."""

    async def subscribe(self, request: Any, *, key: str) -> Any:
        self.count = getattr(self, "count", 0) + 1
        return await super().subscribe(request, key=f"{key}-{self.count}")


class KnowsNoPeriods(SandboxGateway):
    """Can't find the payment of a period."""

    async def _fetch_period(self, gateway_id: str) -> PaymentStatus:
        raise NotFound("The sandbox knows no such payment.")


class EndsAtOnce(SandboxGateway):
    """Ends everything at once, and what was paid is lost."""

    async def end_subscription(self, gateway_id: str, *, at_period_end: bool, key: str) -> Any:
        return await super().end_subscription(gateway_id, at_period_end=False, key=key)


class IsAtALoss(SandboxGateway):
    """Says something else of what it doesn't know."""

    async def fetch_subscription(self, gateway_id: str) -> Any:
        try:
            return await super().fetch_subscription(gateway_id)
        except NotFound as error:
            raise Conflict("There was a problem.", guard="state") from error


FAULTS: dict[str, list[type[SandboxGateway]]] = {
    "test_a_payment_begins_with_what_was_asked_for_and_says_where_to_pay": [HidesThePage],
    "test_the_same_key_begins_the_same_payment_and_another_key_another": [BeginsAnew],
    "test_what_is_paid_is_taken_in_the_amount_that_was_asked_for": [TakesAFee],
    "test_amounts_keep_the_digits_of_their_currency": [CountsInCents],
    "test_what_is_given_up_can_not_be_paid_any_more": [GivesNothingUp],
    "test_what_was_taken_is_not_given_up": [SaysYes],
    "test_what_nobody_paid_is_not_captured": [SaysYes],
    "test_a_whole_payment_is_given_back_once": [SaysYes],
    "test_parts_are_given_back_and_add_up": [RefundsAgain, RefundsTooMuch],
    "test_what_was_not_taken_is_not_given_back": [SaysYes],
    "test_what_the_provider_does_not_know_is_not_found": [KnowsEverything],
    "test_a_webhook_names_the_payment": [NamesNobody],
    "test_a_webhook_that_comes_again_is_the_same_event": [CountsEveryTime],
    "test_a_forged_webhook_is_refused": [BelievesAnybody],
    "test_a_webhook_with_another_body_is_refused": [BelievesAnybody],
    "test_a_webhook_that_was_signed_long_ago_or_in_the_future_is_refused": [NeverForgets],
    "test_a_subscription_begins_with_what_was_asked_for": [HidesThePage, SubscribesAnew],
    "test_every_period_is_a_payment_of_its_own": [HidesRenewals],
    "test_the_payment_of_a_period_can_be_fetched_and_given_back": [KnowsNoPeriods],
    "test_a_subscription_ends_when_what_was_paid_is_over": [EndsAtOnce],
    "test_a_subscription_ends_at_once": [EndsLater],
    "test_unknown_subscriptions_are_not_found": [IsAtALoss],
    "test_a_webhook_names_the_subscription": [KnowsPaymentsAlone],
}


def on_a_rig(kind: type[SandboxGateway]) -> Any:
    """A function that makes a rig of these, named as the kind is."""

    def make() -> SandboxRig:
        return SandboxRig(kind)

    make.__name__ = kind.__name__
    return make


PLANTED = (
    Planted(
        suite=SubscriptionGatewaySuite,
        fixture="rig",
        sound=on_a_rig(SandboxGateway),
        faults={promise: [on_a_rig(kind) for kind in kinds] for promise, kinds in FAULTS.items()},
    ),
)
