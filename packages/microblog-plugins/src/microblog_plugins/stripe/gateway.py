"""The gateway `stripe`: payments and subscriptions by Checkout Sessions (docs.stripe.com/api).

A payment is a session, from before anybody has paid: its id is our `gateway_id`. The payment of a
subscription's period is an invoice. Idempotency keys are Stripe's own; it forgets them after a day or more,
so that what must never happen twice, giving money back, is looked for under its key first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, NoReturn, TypeVar

from microblog_core.domain.errors import Conflict, Declined, NotFound, Unavailable
from microblog_core.domain.payments import (
    Money,
    Notice,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
)
from microblog_core.patterns.resources import Lazy
from microblog_core.plugins.settings import Secret
from microblog_plugins.stripe.amounts import to_stripe
from microblog_plugins.stripe.calls import Answered, Call, Calls, Refused, Unclear
from microblog_plugins.stripe.objects import Dispute, Invoice, InvoicePayment, PaymentIntent, Refund, Session
from microblog_plugins.stripe.statuses import (
    CANCELLED,
    INTERVAL,
    NAME,
    REFERENCE,
    disputed,
    payment_of,
    period_of,
    subscription_of,
)
from microblog_plugins.stripe.webhooks import read_webhook

T = TypeVar("T")
KEY = "key"
LATEST = 100
"""As many as one listing of Stripe's holds."""
PERIODS = 24
_SESSION = ("payment_intent.latest_charge", "subscription")
_REFUNDABLE = (PaymentState.CAPTURED, PaymentState.PARTIALLY_REFUNDED)


class StripeGateway:
    """Takes money through Stripe. A `ports.gateways.SubscriptionGateway`."""

    name = NAME

    def __init__(self, calls: Lazy[Calls], webhook_secret: Secret) -> None:
        self._calls = calls
        self._webhook_secret = webhook_secret

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Open a session for one payment. Raises `Declined`, `Unavailable`."""
        about = {"metadata": {REFERENCE: request.reference}, "description": request.description}
        return await self._payment(await self._open("payment", request, key, {"payment_intent_data": about}))

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Nothing is ever authorised alone: sessions take the money at once. Raises `Conflict`."""
        status = await self.fetch(gateway_id)
        if status.state is PaymentState.CAPTURED:
            return status
        raise Conflict(f"A payment that is {status.state} can't be captured.", guard="state")

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Close a session that nobody paid in. Raises `Conflict`, `NotFound`, `Unavailable`."""
        if gateway_id.startswith("in_"):
            raise Conflict("This is paid by a subscription: end that.", guard="state")
        status = await self.fetch(gateway_id)
        if status.state is PaymentState.PENDING:
            await self._close(status.gateway_id)
            status = await self._afterwards(self.fetch(status.gateway_id))
        if status.state not in (PaymentState.CANCELLED, PaymentState.FAILED):
            raise Conflict(f"A payment that is {status.state} can't be given up.", guard="state")
        return status

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units. Raises `Conflict`, `NotFound`, `Unavailable`."""
        intent = await self._intent_id(gateway_id)
        if not intent:
            raise Conflict("Nothing was taken that could be given back.", guard="state")
        if not await self._has_refunded(intent, key):
            status = await self.fetch(gateway_id)
            if status.state not in _REFUNDABLE:
                raise Conflict(f"Nothing of a payment that is {status.state} is given back.", guard="state")
            if not 0 < minor <= status.amount.minor - status.refunded_minor:
                raise Conflict("There is not so much to give back.", guard="amount")
            await self._give_back(intent, Money(minor, status.amount.currency), status.reference, key)
        return await self._afterwards(self.fetch(gateway_id))

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """Where a payment stands: that of a session, of an invoice, or the one behind a payment intent.

        Raises `NotFound`, `Unavailable`.
        """
        if gateway_id.startswith("pi_"):
            gateway_id = await self._begun_by(gateway_id)
        if gateway_id.startswith("in_"):
            return await self._period(await self._invoice(gateway_id))
        session = await self._session(gateway_id)
        if session.mode != "payment":
            raise NotFound("Stripe knows no such payment.")
        return await self._payment(session)

    async def subscribe(self, request: SubscriptionRequest, *, key: str) -> SubscriptionStatus:
        """Open a session for a subscription. As `begin`."""
        about = {"metadata": {REFERENCE: request.reference}, "description": request.description}
        session = await self._open("subscription", request, key, {"subscription_data": about})
        return await self._subscription(session)

    async def end_subscription(self, gateway_id: str, *, at_period_end: bool, key: str) -> SubscriptionStatus:
        """Charge no more. Raises `NotFound`, `Unavailable`."""
        session = await self._subscribed(gateway_id)
        if session.subscription is None and session.status == "open":
            await self._close(session.id)
            session = await self._afterwards(self._subscribed(session.id))
        found = session.subscription
        status = subscription_of(session)
        if found is None or status.state is SubscriptionState.ENDED:
            return await self._afterwards(self._subscription(session))
        if at_period_end and not status.cancel_at_period_end:
            change = {"cancel_at_period_end": True}
            options = {"idempotency_key": f"end:{key}"}
            await self._change(lambda client: client.v1.subscriptions.update(found.id, change, options))
        elif not at_period_end:
            options = {"idempotency_key": f"end-now:{key}"}
            await self._change(lambda client: client.v1.subscriptions.cancel(found.id, {}, options))
        return await self._afterwards(self.fetch_subscription(session.id))

    async def fetch_subscription(self, gateway_id: str) -> SubscriptionStatus:
        """Where a subscription stands, by the id of its session or its own. Raises `NotFound`,
        `Unavailable`.
        """
        return await self._subscription(await self._subscribed(gateway_id))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice | None:
        """Verify and read a webhook. Raises `Forbidden`."""
        return read_webhook(headers, body, self._webhook_secret.reveal(), now=now)

    # Acts

    async def _open(self, mode: str, request: PaymentRequest, key: str, about: dict[str, Any]) -> Session:
        price: dict[str, Any] = {
            "currency": request.amount.currency.lower(),
            "unit_amount": to_stripe(request.amount),
            "product_data": {"name": request.description[:250] or request.reference},
        }
        metadata = {REFERENCE: request.reference}
        if isinstance(request, SubscriptionRequest):
            price["recurring"] = {"interval": request.interval.value}
            metadata[INTERVAL] = request.interval.value
        params: dict[str, Any] = {
            "mode": mode,
            "client_reference_id": request.reference,
            "success_url": request.return_url,
            "cancel_url": request.cancel_url or request.return_url,
            "line_items": [{"quantity": 1, "price_data": price}],
            "metadata": metadata,
            "expand": list(_SESSION),
            **about,
        }
        options = {"idempotency_key": f"begin:{key}"}
        try:
            answer = await self._act(lambda client: client.v1.checkout.sessions.create(params, options))
        except Refused as error:
            raise Declined(f"Stripe refuses this payment: {error}") from error
        except NotFound as error:
            raise Unavailable("There is nothing of Stripe's at its address.") from error
        except Unclear as error:
            # Stripe keeps an answer of 500 too, and gives the same key the same for a day.
            found = await self._find(request.reference, mode) if error.status >= 500 else None
            if found is None:
                raise
            return found
        session = answer.read(Session)
        # A replayed answer says where it stood then.
        return await self._afterwards(self._session(session.id)) if answer.replayed else session

    async def _find(self, reference: str, mode: str) -> Session | None:
        """A session by our reference, among the latest; None where there is none, or nobody answers."""
        try:
            params = {"limit": LATEST}
            answer = await self._look(lambda client: client.v1.checkout.sessions.list(params))
        except Unavailable:
            return None
        for each in answer.body["data"]:
            if (each["client_reference_id"], each["mode"]) == (reference, mode):
                return await self._session(each["id"])
        return None

    async def _close(self, session_id: str) -> None:
        """Close an open session, with a mark that it was us; one that is not open stays as it is."""
        marked = {"metadata": {CANCELLED: "yes"}}
        try:
            await self._act(lambda client: client.v1.checkout.sessions.update(session_id, marked))
            await self._act(lambda client: client.v1.checkout.sessions.expire(session_id))
        except Refused:
            # Somebody was quicker: how it stands is asked next.
            return

    async def _give_back(self, intent: str, amount: Money, reference: str, key: str) -> None:
        try:
            params = {
                "payment_intent": intent,
                "amount": to_stripe(amount),
                "metadata": {KEY: key, REFERENCE: reference},
            }
            options = {"idempotency_key": f"refund:{key}"}
            await self._act(lambda client: client.v1.refunds.create(params, options))
        except (Refused, Declined) as error:
            raise Conflict(f"Stripe does not give this back: {error}", guard="amount") from error

    async def _change(self, call: Call) -> None:
        try:
            await self._act(call)
        except Refused:
            # It is over already, or was changed at the same time: how it stands is asked next.
            return

    async def _has_refunded(self, intent: str, key: str) -> bool:
        params = {"payment_intent": intent, "limit": LATEST}
        refunds = await self._list(lambda client: client.v1.refunds.list(params), Refund)
        return any((refund.metadata or {}).get(KEY) == key for refund in refunds)

    async def _afterwards(self, looking: Awaitable[T]) -> T:
        """What a look says after something was done. Raises `Unclear` where it fails: `Unavailable` would
        say that nothing was done.
        """
        try:
            return await looking
        except Unavailable as error:
            raise Unclear(f"It was done, and where it stands is not known: {error}") from error

    # Looking

    async def _session(self, session_id: str) -> Session:
        params = {"expand": list(_SESSION)}
        answer = await self._look(lambda client: client.v1.checkout.sessions.retrieve(session_id, params))
        return answer.read(Session)

    async def _subscribed(self, gateway_id: str) -> Session:
        if gateway_id.startswith("sub_"):
            params = {"subscription": gateway_id, "limit": 1}
            found = (await self._look(lambda client: client.v1.checkout.sessions.list(params))).body["data"]
            gateway_id = found[0]["id"] if found else _unknown()
        session = await self._session(gateway_id)
        if session.mode != "subscription":
            _unknown()
        return session

    async def _invoice(self, invoice_id: str) -> Invoice:
        params = {"expand": ["payments"]}
        return (await self._look(lambda client: client.v1.invoices.retrieve(invoice_id, params))).read(
            Invoice
        )

    async def _begun_by(self, intent: str) -> str:
        """The id of the session or invoice that a payment intent pays. Raises `NotFound`."""
        by_intent = {"payment_intent": intent, "limit": 1}
        sessions = (await self._look(lambda client: client.v1.checkout.sessions.list(by_intent))).body["data"]
        if sessions:
            return str(sessions[0]["id"])
        by_payment = {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
        paid = await self._list(lambda client: client.v1.invoice_payments.list(by_payment), InvoicePayment)
        return str(paid[0].invoice) if paid else _unknown()

    async def _intent_id(self, gateway_id: str) -> str:
        if gateway_id.startswith("in_"):
            return (await self._invoice(gateway_id)).intent
        session = await self._session(gateway_id)
        return session.payment_intent.id if session.payment_intent is not None else ""

    async def _payment(self, session: Session) -> PaymentStatus:
        return payment_of(session, await self._disputes(session.payment_intent))

    async def _period(self, invoice: Invoice) -> PaymentStatus:
        intent = None
        if invoice.intent:
            params = {"expand": ["latest_charge"]}
            answer = await self._look(
                lambda client: client.v1.payment_intents.retrieve(invoice.intent, params)
            )
            intent = answer.read(PaymentIntent)
        return period_of(invoice, intent, await self._disputes(intent))

    async def _subscription(self, session: Session) -> SubscriptionStatus:
        found = session.subscription
        if found is None:
            return subscription_of(session)
        billed = {"subscription": found.id, "limit": PERIODS, "expand": ["data.payments"]}
        paid = {"customer": found.customer, "limit": LATEST, "expand": ["data.latest_charge"]}
        invoices = await self._list(lambda client: client.v1.invoices.list(billed), Invoice)
        intents = await self._list(lambda client: client.v1.payment_intents.list(paid), PaymentIntent)
        by_id = {intent.id: intent for intent in intents}
        payments = []
        for invoice in reversed(invoices):
            if invoice.status != "draft":
                intent = by_id.get(invoice.intent)
                payments.append(period_of(invoice, intent, await self._disputes(intent)))
        return subscription_of(session, tuple(payments))

    async def _disputes(self, intent: PaymentIntent | None) -> list[Dispute]:
        charge = disputed(intent)
        if not charge:
            return []
        params = {"charge": charge, "limit": LATEST}
        return await self._list(lambda client: client.v1.disputes.list(params), Dispute)

    async def _list(self, call: Call, kind: type[Any]) -> list[Any]:
        answer = await self._look(call)
        return Answered(answer.body["data"]).read(list[kind])  # type: ignore[valid-type]

    async def _act(self, call: Call) -> Answered:
        return await (await self._calls.get()).act(call)

    async def _look(self, call: Call) -> Answered:
        return await (await self._calls.get()).look(call)


def _unknown() -> NoReturn:
    raise NotFound("Stripe knows no such payment.")
