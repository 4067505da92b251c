"""The sandbox gateway: takes no money, behaves by script. For trying payments out and for tests.

The outcome follows from the last two digits of the amount in minor units (`sandbox_log.Script`): 01 is
declined and 02 not reached, so that the next gateway is tried; 03 loses its first answer; 04 fails when it is
paid; 05 is authorised and must be captured; 06 is paid at once; 07 takes a minute; 08 is disputed after a
minute and won after two, 10 lost; 09 sends no webhook; a subscription with 11 fails to renew, with 12 renews
two days late. Everything else is paid when the payer clicks.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from microblog_core.defaults import sandbox_log
from microblog_core.defaults.sandbox_log import Line, Log, Script, What
from microblog_core.domain.errors import Conflict, Declined, Forbidden, NotFound, Unavailable
from microblog_core.domain.payments import (
    STALE_MILLISECONDS,
    Notice,
    NoticeKind,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
)
from microblog_core.ports.clock import Clock

SIGNATURE_HEADER = "x-sandbox-signature"
PAYMENT, SUBSCRIPTION = "pay", "sub"
_OPEN = (PaymentState.PENDING, PaymentState.AUTHORISED)
_TAKEN = (PaymentState.CAPTURED, PaymentState.PARTIALLY_REFUNDED, PaymentState.DISPUTED)


def sandbox_path(gateway_id: str) -> str:
    """Where on a site the page is on which a payer decides."""
    return f"/payments/sandbox/{gateway_id}"


class Shelf(Protocol):
    """Where the sandbox keeps its log: values by key, each written once."""

    async def read(self, prefix: str) -> Mapping[str, bytes]:
        """All values whose key begins so."""
        ...

    async def add(self, key: str, value: bytes) -> bool:
        """Store a value; False where there is one already."""
        ...


class MemoryShelf:
    """Keeps the log in memory, for tests."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def read(self, prefix: str) -> Mapping[str, bytes]:
        """All values whose key begins so."""
        return {key: value for key, value in self.values.items() if key.startswith(prefix)}

    async def add(self, key: str, value: bytes) -> bool:
        """Store a value; False where there is one already."""
        return self.values.setdefault(key, value) is value


class Decision(enum.StrEnum):
    """What the payer clicks on the sandbox's page."""

    PAY = "pay"
    DECLINE = "decline"


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """What the sandbox's page shows: what is asked for, and where the payer goes then. A subscription has an
    interval. `open` says that there is something to decide.
    """

    gateway_id: str
    begun: Line
    open: bool


class SandboxGateway:
    """An imaginary provider. `page` gives the address of the page on which a payer decides."""

    name = "sandbox"

    def __init__(self, secret: bytes, shelf: Shelf, clock: Clock, page: Callable[[str], str]) -> None:
        self._secret, self._shelf, self._clock, self._page = secret, shelf, clock, page

    # What gateways do

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Start a payment, with the outcome that its amount asks for. Raises `Declined`, `Unavailable`,
        `TimeoutError`.
        """
        gateway_id = await self._begin(PAYMENT, request, key)
        return await self.fetch(gateway_id)

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Take what was authorised. Raises `Conflict` for anything else."""
        return await self._move(gateway_id, key, What.CAPTURED, (PaymentState.AUTHORISED,))

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Give up what was not captured. Raises `Conflict` for what was."""
        return await self._move(gateway_id, key, What.CANCELLED, _OPEN)

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units of what was captured and not given back yet. Raises `Conflict`."""
        return await self._move(gateway_id, key, What.REFUNDED, _TAKEN, minor)

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """Where the payment stands. Raises `NotFound`."""
        if gateway_id.startswith(f"{SUBSCRIPTION}_"):
            return await self._fetch_period(gateway_id)
        log = await self._log(gateway_id, PAYMENT)
        status = sandbox_log.payment_of(gateway_id, log, self._clock.now())
        url = self._page(gateway_id) if status.state is PaymentState.PENDING and len(log) == 1 else ""
        return msgspec.structs.replace(status, redirect_url=url)

    async def subscribe(self, request: SubscriptionRequest, *, key: str) -> SubscriptionStatus:
        """Start a subscription. As `begin`."""
        gateway_id = await self._begin(SUBSCRIPTION, request, key)
        return await self.fetch_subscription(gateway_id)

    async def end_subscription(self, gateway_id: str, *, at_period_end: bool, key: str) -> SubscriptionStatus:
        """Charge no more."""
        status = await self.fetch_subscription(gateway_id)
        running = status.state in (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE)
        what = What.ENDS if at_period_end and running else What.ENDED
        while status.state is not SubscriptionState.ENDED:
            log = await self._log(gateway_id, SUBSCRIPTION)
            if any(line.what is what for line in log) or await self._append(gateway_id, log, what, key):
                return await self.fetch_subscription(gateway_id)
        return status

    async def fetch_subscription(self, gateway_id: str) -> SubscriptionStatus:
        """Where the subscription stands, with its payments. Raises `NotFound`."""
        log = await self._log(gateway_id, SUBSCRIPTION)
        status = sandbox_log.subscription_of(gateway_id, log, self._clock.now())
        payments = [await self._with_refunds(payment) for payment in status.payments]
        url = self._page(gateway_id) if status.state is SubscriptionState.PENDING else ""
        return msgspec.structs.replace(status, payments=tuple(payments), redirect_url=url)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice | None:
        """Read a webhook that `webhook` made. Raises `Forbidden` for any other."""
        stamp, _, signature = headers.get(SIGNATURE_HEADER, "").partition(",")
        if not hmac.compare_digest(signature.encode(), self._sign(stamp, body).encode()):
            raise Forbidden("The signature of this webhook is wrong.")
        if abs(now - int(stamp)) > STALE_MILLISECONDS:
            raise Forbidden("This webhook is too old.")
        try:
            return msgspec.json.decode(body, type=Notice)
        except msgspec.MsgspecError as error:
            raise Forbidden("This webhook can't be read.") from error

    # What the provider does on its own

    async def checkout(self, gateway_id: str) -> Checkout:
        """What the payer decides about. Raises `NotFound`."""
        log = await self._log(gateway_id, gateway_id.partition("_")[0])
        status = await self._any(gateway_id)
        return Checkout(gateway_id=gateway_id, begun=log[0], open=bool(status.redirect_url))

    async def decide(self, gateway_id: str, decision: Decision) -> PaymentStatus | SubscriptionStatus:
        """What the payer clicked happens; a second click changes nothing. Raises `NotFound`."""
        checkout = await self.checkout(gateway_id)
        script = sandbox_log.script_of(checkout.begun.money)
        what = What.DECLINED if checkout.begun.interval else What.CANCELLED
        if decision is Decision.PAY:
            what = What.PAID
            if script is Script.FAILS:
                what = What.DECLINED
            elif script is Script.AUTHORISES and not checkout.begun.interval:
                what = What.AUTHORISED
        if checkout.open:
            # Of two clicks at the same time the first counts.
            await self._append(gateway_id, [checkout.begun], what, "")
        return await self._any(gateway_id)

    async def webhook(self, gateway_id: str) -> tuple[dict[str, str], bytes] | None:
        """Headers and body of the webhook that tells of the last that happened; None where the script has
        none sent. Raises `NotFound`.
        """
        kind = gateway_id.partition("_")[0]
        log = await self._log(gateway_id, kind)
        if sandbox_log.script_of(log[0].money) is Script.NO_WEBHOOK:
            return None
        notice = Notice(
            event_id=f"{gateway_id}-{len(log)}",
            kind=NoticeKind.PAYMENT if kind == PAYMENT else NoticeKind.SUBSCRIPTION,
            gateway_id=gateway_id,
            reference=log[0].reference,
            occurred_at=log[-1].at,
        )
        body = msgspec.json.encode(notice)
        return self.signed(body, self._clock.now()), body

    def signed(self, body: bytes, at: int) -> dict[str, str]:
        """The headers of a webhook with this body that was sent at this moment."""
        return {SIGNATURE_HEADER: f"{at},{self._sign(str(at), body)}"}

    async def logs(self) -> Mapping[str, Log]:
        """Everything that ever happened, by payment and subscription."""
        values = await self._shelf.read("")
        logs: dict[str, list[Line]] = {}
        for key in sorted(values):
            logs.setdefault(key.partition("/")[0], []).append(msgspec.json.decode(values[key], type=Line))
        return logs

    def _sign(self, stamp: str, body: bytes) -> str:
        return hmac.new(self._secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()

    async def _begin(self, kind: str, request: PaymentRequest, key: str) -> str:
        script = sandbox_log.script_of(request.amount)
        if script is Script.DECLINED:
            raise Declined("The sandbox declines this amount.")
        if script is Script.UNAVAILABLE:
            raise Unavailable("The sandbox can't be reached with this amount.")
        gateway_id = f"{kind}_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        line = Line(
            what=What.BEGUN,
            at=self._clock.now(),
            key=key,
            minor=request.amount.minor,
            currency=request.amount.currency,
            reference=request.reference,
            description=request.description,
            return_url=request.return_url,
            cancel_url=request.cancel_url,
            interval=request.interval if isinstance(request, SubscriptionRequest) else None,
        )
        begun = await self._shelf.add(_place(gateway_id, 0), msgspec.json.encode(line))
        if begun and script is Script.ANSWER_LOST:
            raise TimeoutError("The sandbox loses its first answer to this amount.")
        return gateway_id

    async def _move(
        self, gateway_id: str, key: str, what: What, allowed: tuple[PaymentState, ...], minor: int = 0
    ) -> PaymentStatus:
        while True:
            # First the log, then what follows from it: what is written in between takes the next place in the
            # log, and then this looks again.
            values = await self._shelf.read(f"{gateway_id}/")
            status = await self.fetch(gateway_id)
            log = [msgspec.json.decode(values[each], type=Line) for each in sorted(values)]
            if any(line.key == key for line in log):
                return status
            if status.state not in allowed:
                raise Conflict(f"A payment that is {status.state} can't be {what}.", guard="state")
            if what is What.REFUNDED and not 0 < minor <= status.amount.minor - status.refunded_minor:
                raise Conflict("There is not so much to give back.", guard="amount")
            if await self._append(gateway_id, log, what, key, minor):
                return await self.fetch(gateway_id)

    async def _append(self, gateway_id: str, log: Log, what: What, key: str, minor: int = 0) -> bool:
        line = Line(what=what, at=self._clock.now(), key=key, minor=minor)
        return await self._shelf.add(_place(gateway_id, len(log)), msgspec.json.encode(line))

    async def _log(self, gateway_id: str, kind: str) -> Log:
        values = await self._shelf.read(f"{gateway_id}/")
        if not values or not gateway_id.startswith(f"{kind}_"):
            raise NotFound("The sandbox knows no such payment.")
        return [msgspec.json.decode(values[key], type=Line) for key in sorted(values)]

    async def _any(self, gateway_id: str) -> PaymentStatus | SubscriptionStatus:
        if gateway_id.startswith(f"{SUBSCRIPTION}_"):
            return await self.fetch_subscription(gateway_id)
        return await self.fetch(gateway_id)

    async def _fetch_period(self, gateway_id: str) -> PaymentStatus:
        parent, _, _ = gateway_id.rpartition("-")
        for payment in (await self.fetch_subscription(parent)).payments if parent else ():
            if payment.gateway_id == gateway_id:
                return payment
        raise NotFound("The sandbox knows no such payment.")

    async def _with_refunds(self, payment: PaymentStatus) -> PaymentStatus:
        for value in (await self._shelf.read(f"{payment.gateway_id}/")).values():
            payment = sandbox_log.refunded(payment, msgspec.json.decode(value, type=Line).minor)
        return payment


def _place(gateway_id: str, number: int) -> str:
    return f"{gateway_id}/{number:04d}"
