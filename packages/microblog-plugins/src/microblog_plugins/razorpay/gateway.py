"""The gateway `razorpay`: payments by Payment Links and the orders behind them (razorpay.com/docs/api).

A payment is a link, from before anybody has paid: its id is our `gateway_id`. Razorpay has no idempotency
keys for links, but takes each `reference_id` once: a payment that was begun is found again by its reference.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import msgspec

from microblog_core.domain.errors import Conflict, Declined, NotFound, Unavailable
from microblog_core.domain.payments import Money, Notice, PaymentRequest, PaymentState, PaymentStatus
from microblog_core.patterns.resources import Lazy
from microblog_core.plugins.settings import Secret
from microblog_core.ports.clock import Clock
from microblog_plugins.razorpay.calls import Call, Calls, Refused, Unclear
from microblog_plugins.razorpay.objects import NAME, REFERENCE, Link, Payment, Refund, chosen, status_of
from microblog_plugins.razorpay.webhooks import read_webhook

T = TypeVar("T")
OPEN_MILLISECONDS = 24 * 3600 * 1000
"""So long a link can be paid."""
REFERENCE_LENGTH = 40
LATEST = 100
_REFUNDABLE = (PaymentState.CAPTURED, PaymentState.PARTIALLY_REFUNDED)


class RazorpayGateway:
    """Takes money through Razorpay. A `ports.gateways.Gateway`."""

    name = NAME

    def __init__(self, calls: Lazy[Calls], webhook_secret: Secret, clock: Clock) -> None:
        self._calls = calls
        self._webhook_secret = webhook_secret
        self._clock = clock

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Make a link for one payment, or find the one that its reference has. Raises `Declined`,
        `Unavailable`.
        """
        reference = _short(request.reference)
        params = {
            "amount": _counted(request.amount),
            "currency": request.amount.currency,
            "accept_partial": False,
            "reference_id": reference,
            "description": request.description,
            "callback_url": request.return_url,
            "callback_method": "get",
            "expire_by": (self._clock.now() + OPEN_MILLISECONDS) // 1000,
            "notify": {"sms": False, "email": False},
            "reminder_enable": False,
            "notes": {REFERENCE: request.reference},
        }
        try:
            link = _read(await self._act(lambda client: client.payment_link.create(params)), Link)
        except Refused as error:
            found = await self._afterwards(self._links(reference_id=reference))
            if not found:
                raise Declined(f"Razorpay refuses this payment: {error}") from error
            link = found[0]
        except NotFound as error:
            raise Unavailable("There is nothing of Razorpay's at its address.") from error
        return await self._afterwards(self._status(link))

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Take what was authorised. Raises `Conflict`, `NotFound`, `Unavailable`."""
        link, payment = await self._stands(gateway_id)
        status = status_of(link, payment)
        if payment is None or status.state is not PaymentState.AUTHORISED:
            if status.state is PaymentState.CAPTURED:
                return status
            raise Conflict(f"A payment that is {status.state} can't be captured.", guard="state")
        data = {"currency": payment.currency}
        try:
            await self._act(lambda client: client.payment.capture(payment.id, payment.amount, data))
        except Refused as error:
            status = await self._afterwards(self.fetch(link.id))
            if status.state is not PaymentState.CAPTURED:
                raise Conflict(f"Razorpay does not capture this: {error}", guard="state") from error
            return status
        return await self._afterwards(self.fetch(link.id))

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Close a link that nobody paid by. Raises `Conflict`, `NotFound`, `Unavailable`."""
        status = await self.fetch(gateway_id)
        if status.state is PaymentState.PENDING:
            link_id = status.gateway_id
            # Where it is refused somebody was quicker: how it stands is asked next.
            with contextlib.suppress(Refused):
                await self._act(lambda client: client.payment_link.cancel(link_id))
            status = await self._afterwards(self.fetch(link_id))
        if status.state not in (PaymentState.CANCELLED, PaymentState.FAILED):
            raise Conflict(f"A payment that is {status.state} can't be given up.", guard="state")
        return status

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units. Raises `Conflict`, `NotFound`, `Unavailable`."""
        link, payment = await self._stands(gateway_id)
        status = status_of(link, payment)
        if payment is None:
            raise Conflict("Nothing was taken that could be given back.", guard="state")
        if not await self._has_refunded(payment.id, key):
            if status.state not in _REFUNDABLE:
                raise Conflict(f"Nothing of a payment that is {status.state} is given back.", guard="state")
            if not 0 < minor <= status.amount.minor - status.refunded_minor:
                raise Conflict("There is not so much to give back.", guard="amount")
            await self._give_back(payment, minor, key)
        return await self._afterwards(self.fetch(link.id))

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """Where a payment stands, by the id of its link or of the payment in it. Raises `NotFound`,
        `Unavailable`.
        """
        return status_of(*await self._stands(gateway_id))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice | None:
        """Verify and read a webhook. Raises `Forbidden`."""
        return read_webhook(headers, body, self._webhook_secret.reveal(), now=now)

    async def _give_back(self, payment: Payment, minor: int, key: str) -> None:
        try:
            data = {"receipt": _short(key), "amount": _counted(Money(minor, payment.currency))}
            # At least ten characters, of those that our keys are made of.
            headers = {"X-Refund-Idempotency": f"microblog-{key}"}
            await self._act(lambda client: client.payment.refund(payment.id, data, headers=headers))
        except (Refused, Declined) as error:
            raise Conflict(f"Razorpay does not give this back: {error}", guard="amount") from error

    async def _has_refunded(self, payment_id: str, key: str) -> bool:
        data = {"count": LATEST}
        answer = await self._look(lambda client: client.payment.fetch_multiple_refund(payment_id, data))
        return any(refund.receipt == _short(key) for refund in _read(answer["items"], list[Refund]))

    async def _stands(self, gateway_id: str) -> tuple[Link, Payment | None]:
        """A link and the payment in it that counts. Raises `NotFound`, `Unavailable`."""
        if gateway_id.startswith("pay_"):
            found = await self._links(payment_id=gateway_id)
            if not found:
                raise NotFound("Razorpay knows no such payment.")
            link = found[0]
        else:
            data: dict[str, Any] = {}
            link = _read(await self._look(lambda client: client.payment_link.fetch(gateway_id, data)), Link)
        return link, chosen(await self._payments(link))

    async def _status(self, link: Link) -> PaymentStatus:
        return status_of(link, chosen(await self._payments(link)))

    async def _payments(self, link: Link) -> list[Payment]:
        """All tries to pay by a link. Its order knows them all, also those that were authorised alone."""
        data: dict[str, Any] = {}
        order = link.order_id
        if order:
            answer = await self._look(lambda client: client.order.payments(order, data))
            return _read(answer["items"], list[Payment])
        return [await self._payment(each.payment_id) for each in link.payments or ()]

    async def _payment(self, payment_id: str) -> Payment:
        data: dict[str, Any] = {}
        return _read(await self._look(lambda client: client.payment.fetch(payment_id, data)), Payment)

    async def _links(self, **wanted: str) -> list[Link]:
        try:
            answer = await self._look(lambda client: client.payment_link.all(wanted))
        except NotFound:
            return []
        return _read(answer["payment_links"], list[Link])

    async def _afterwards(self, looking: Awaitable[T]) -> T:
        """What a look says after something was done. Raises `Unclear` where it fails: `Unavailable` would
        say that nothing was done.
        """
        try:
            return await looking
        except Unavailable as error:
            raise Unclear(f"It was done, and where it stands is not known: {error}") from error

    async def _act(self, call: Call) -> Any:
        return await (await self._calls.get()).act(call)

    async def _look(self, call: Call) -> Any:
        return await (await self._calls.get()).look(call)


def _short(text: str) -> str:
    """A reference or receipt as Razorpay takes it; what is too long is replaced by what only comes of it."""
    if len(text) <= REFERENCE_LENGTH:
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:REFERENCE_LENGTH]


def _counted(amount: Money) -> int:
    """The amount as Razorpay counts it. Raises `Declined`."""
    if amount.exponent == 3 and amount.minor % 10:
        raise Declined(f"Razorpay takes {amount.currency} with two digits: the last one must be 0.")
    return amount.minor


def _read(answer: Any, into: type[T]) -> T:
    try:
        return msgspec.convert(answer, into)
    except msgspec.ValidationError as error:
        raise Unclear(f"Razorpay's answer can't be read: {error}") from error
