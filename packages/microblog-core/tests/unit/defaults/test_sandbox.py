"""The sandbox gateway keeps the contract, follows its script, and believes no unsigned webhook."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.defaults.sandbox import Decision, MemoryShelf, SandboxGateway, sandbox_path
from microblog_core.defaults.sandbox_log import DAY, MINUTE, later
from microblog_core.defaults.sandbox_shelf import StorageShelf
from microblog_core.domain.errors import Conflict, Declined, Forbidden, NotFound, Unavailable
from microblog_core.domain.payments import (
    CAPABILITIES,
    Interval,
    PaymentState,
    PaymentStatus,
    SubscriptionState,
)
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.gateways import (
    SubscriptionGatewaySuite,
    payment_request,
    subscription_request,
)
from microblog_core.testing.world import World


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


class TestSandbox(SubscriptionGatewaySuite):
    @pytest.fixture
    def rig(self) -> SandboxRig:
        return SandboxRig()


@pytest.fixture
def rig() -> SandboxRig:
    return SandboxRig()


async def begun(rig: SandboxRig, minor: int) -> PaymentStatus:
    status: PaymentStatus = await rig.gateway.begin(payment_request(rig, minor=minor), key="a")
    return status


async def paid(rig: SandboxRig, minor: int) -> PaymentStatus:
    status = await begun(rig, minor)
    await rig.pay(status.gateway_id)
    fetched: PaymentStatus = await rig.gateway.fetch(status.gateway_id)
    return fetched


async def test_amounts_ask_for_a_refusal_an_outage_and_a_lost_answer(rig: SandboxRig) -> None:
    with pytest.raises(Declined):
        await begun(rig, 501)
    with pytest.raises(Unavailable):
        await begun(rig, 502)
    assert not rig.shelf.values
    with pytest.raises(TimeoutError):
        await begun(rig, 503)
    assert (await begun(rig, 503)).state is PaymentState.PENDING


@pytest.mark.parametrize(
    ("minor", "state"),
    [
        (500, PaymentState.CAPTURED),
        (504, PaymentState.FAILED),
        (505, PaymentState.AUTHORISED),
        (506, PaymentState.CAPTURED),
        (507, PaymentState.PENDING),
        (508, PaymentState.CAPTURED),
        (509, PaymentState.CAPTURED),
    ],
)
async def test_amounts_ask_for_what_a_click_does(rig: SandboxRig, minor: int, state: PaymentState) -> None:
    assert (await paid(rig, minor)).state is state


@pytest.mark.parametrize(
    ("minor", "states"),
    [
        (507, [PaymentState.CAPTURED, PaymentState.CAPTURED]),
        (508, [PaymentState.DISPUTED, PaymentState.CAPTURED]),
        (510, [PaymentState.DISPUTED, PaymentState.CHARGED_BACK]),
    ],
)
async def test_minutes_later_the_script_goes_on(
    rig: SandboxRig, minor: int, states: list[PaymentState]
) -> None:
    status = await paid(rig, minor)
    for state in states:
        rig.clock.advance(MINUTE / 1000)
        assert (await rig.gateway.fetch(status.gateway_id)).state is state


async def test_what_is_paid_at_once_needs_no_page(rig: SandboxRig) -> None:
    status = await begun(rig, 506)
    assert (status.state, status.redirect_url) == (PaymentState.CAPTURED, "")
    assert not (await rig.gateway.checkout(status.gateway_id)).open


async def test_a_payer_who_thinks_better_of_it_pays_nothing(rig: SandboxRig) -> None:
    status = await begun(rig, 500)
    checkout = await rig.gateway.checkout(status.gateway_id)
    assert checkout.open and checkout.begun.description == "A tip for ada"
    await rig.gateway.decide(status.gateway_id, Decision.DECLINE)
    await rig.gateway.decide(status.gateway_id, Decision.PAY)
    assert (await rig.gateway.fetch(status.gateway_id)).state is PaymentState.CANCELLED
    assert not (await rig.gateway.checkout(status.gateway_id)).open


async def test_a_payment_that_nobody_decides_about_expires(rig: SandboxRig) -> None:
    status = await begun(rig, 500)
    rig.clock.advance(DAY / 1000)
    expired = await rig.gateway.fetch(status.gateway_id)
    assert (expired.state, expired.reason, expired.redirect_url) == (PaymentState.FAILED, "expired", "")


async def test_another_process_knows_the_same(rig: SandboxRig) -> None:
    status = await paid(rig, 500)
    assert await rig.made().fetch(status.gateway_id) == status
    assert [line.what for line in (await rig.made().logs())[status.gateway_id]] == ["begun", "paid"]


async def test_of_many_refunds_at_the_same_time_no_more_is_given_back_than_was_taken(
    rig: SandboxRig,
) -> None:
    status = await paid(rig, 1000)
    tries = [rig.made().refund(status.gateway_id, 300, key=f"r{number}") for number in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, PaymentStatus) for each in outcomes) == 3
    assert sum(isinstance(each, Conflict) for each in outcomes) == 5
    assert (await rig.gateway.fetch(status.gateway_id)).refunded_minor == 900


async def test_a_script_may_send_no_webhook(rig: SandboxRig) -> None:
    status = await paid(rig, 509)
    assert await rig.gateway.webhook(status.gateway_id) is None
    with pytest.raises(NotFound):
        await rig.gateway.webhook("pay_nothing")


async def test_what_is_signed_and_no_webhook_is_refused(rig: SandboxRig) -> None:
    with pytest.raises(Forbidden):
        rig.gateway.parse_webhook(rig.gateway.signed(b"[]", rig.now()), b"[]", now=rig.now())


async def subscribed(rig: SandboxRig, minor: int) -> str:
    request = subscription_request(rig)
    status = await rig.gateway.subscribe(
        replace(request, amount=replace(request.amount, minor=minor)), key="s"
    )
    await rig.pay(status.gateway_id)
    gateway_id: str = status.gateway_id
    return gateway_id


async def test_a_renewal_that_fails_ends_the_subscription(rig: SandboxRig) -> None:
    gateway_id = await subscribed(rig, 511)
    rig.clock.advance(31 * DAY / 1000)
    late = await rig.gateway.fetch_subscription(gateway_id)
    assert late.state is SubscriptionState.PAST_DUE
    assert [each.state for each in late.payments] == [PaymentState.CAPTURED, PaymentState.FAILED]
    rig.clock.advance(14 * DAY / 1000)
    over = await rig.gateway.fetch_subscription(gateway_id)
    assert over.state is SubscriptionState.ENDED and over.ended_at
    assert len(over.payments) == 2


async def test_a_renewal_may_come_late(rig: SandboxRig) -> None:
    gateway_id = await subscribed(rig, 512)
    rig.clock.advance(31 * DAY / 1000)
    late = await rig.gateway.fetch_subscription(gateway_id)
    assert late.state is SubscriptionState.PAST_DUE and late.payments[1].state is PaymentState.FAILED
    rig.clock.advance(3 * DAY / 1000)
    paid = await rig.gateway.fetch_subscription(gateway_id)
    assert paid.state is SubscriptionState.ACTIVE
    assert paid.payments[1] == replace(late.payments[1], state=PaymentState.CAPTURED, reason="")


async def test_a_subscription_that_is_not_paid_ends(rig: SandboxRig) -> None:
    status = await rig.gateway.subscribe(subscription_request(rig), key="s")
    rig.clock.advance(DAY / 1000)
    over = await rig.gateway.fetch_subscription(status.gateway_id)
    assert (over.state, over.reason, over.payments) == (SubscriptionState.ENDED, "not paid", ())


def test_months_end_where_they_have_no_such_day() -> None:
    january = 1_769_817_600_000  # 2026-01-31
    assert [(later(january, Interval.MONTH, each) - january) // DAY for each in (1, 2, 12)] == [28, 59, 365]
    assert (later(january, Interval.YEAR, 1) - january) // DAY == 365


async def test_a_site_keeps_the_log_in_its_storage(world: World) -> None:
    shelf = StorageShelf(world.ports)
    gateway = SandboxGateway(b"s", shelf, world.clock, sandbox_path)
    rig = SandboxRig()
    status = await gateway.begin(payment_request(rig), key="a")
    assert status.redirect_url == f"/payments/sandbox/{status.gateway_id}"
    assert not await shelf.add(f"{status.gateway_id}/0000", b"again")
    await gateway.decide(status.gateway_id, Decision.PAY)
    other = SandboxGateway(b"s", StorageShelf(world.ports), world.clock, sandbox_path)
    assert (await other.fetch(status.gateway_id)).state is PaymentState.CAPTURED
