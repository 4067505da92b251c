"""What Stripe keeps of payments: sessions, intents, charges, refunds and disputes, and how each changes.
Amounts and times are as in its API; fields that begin with `_` are never told.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Object = dict[str, Any]

SESSION_SECONDS = 24 * 3600
NO_CENTS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DIGITS = frozenset("bhd jod kwd omr tnd".split())
TWO_ZEROS = frozenset(("isk", "ugx"))
LEAST = 50


class Refusal(Exception):
    """A call is refused."""

    def __init__(self, text: str, status: int = 400, code: str = "") -> None:
        super().__init__(text)
        self.status, self.code = status, code


class Books:
    """All objects, and what happens to them. `note` writes into the log, `ring` tells the site."""

    def __init__(
        self,
        *,
        now: Callable[[], int],
        note: Callable[..., None],
        ring: Callable[[str, Object], None],
        page: Callable[[str], str],
    ) -> None:
        self._now, self._note, self._ring, self._page = now, note, ring, page
        self._numbers = itertools.count(1)
        self.sessions: dict[str, Object] = {}
        self.intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        self.subscriptions: dict[str, Object] = {}
        self.invoices: dict[str, Object] = {}
        self.failing: set[str] = set()

    # Reading

    def get(self, kind: str, object_id: str) -> Object:
        """One object. Raises `Refusal`."""
        found: Object | None = getattr(self, kind).get(object_id)
        if found is None:
            raise Refusal(f"No such {kind[:-1]}: '{object_id}'", 404, "resource_missing")
        return found

    def paid_by(self, intent_id: str) -> list[Object]:
        """What a payment intent pays."""
        invoices = [each for each in self.invoices.values() if each["_intent"] == intent_id]
        return [payment for invoice in invoices for payment in self._payments_of(invoice)]

    def expanded(self, found: Object, paths: Sequence[str]) -> Object:
        """A copy of what is told, with the objects that the paths name in place of their ids."""
        told = told_of(found)
        for path in paths:
            self._expand(told, path.split("."))
        return told

    def _expand(self, told: Object, path: Sequence[str]) -> None:
        head, *rest = path
        if head == "data":
            for each in told["data"]:
                self._expand(each, rest)
            return
        if head == "payments":
            told[head] = {"object": "list", "data": list(self._payments_of(self.invoices[told["id"]]))}
        kinds = {
            "payment_intent": self.intents,
            "subscription": self.subscriptions,
            "latest_charge": self.charges,
        }
        if isinstance(told.get(head), str):
            told[head] = told_of(kinds[head][told[head]])
        if rest and isinstance(told.get(head), dict):
            self._expand(told[head], rest)

    def _payments_of(self, invoice: Object) -> Iterator[Object]:
        if invoice["_intent"]:
            yield {
                "id": f"inpay_{invoice['id']}",
                "object": "invoice_payment",
                "invoice": invoice["id"],
                "status": "paid" if invoice["status"] == "paid" else "open",
                "payment": {"type": "payment_intent", "payment_intent": invoice["_intent"]},
            }

    # Sessions

    def open_session(self, params: Object) -> Object:
        """Somebody may pay."""
        (item,) = params["line_items"].values()
        price = item["price_data"]
        currency, amount = price["currency"], int(price["unit_amount"])
        _check_amount(amount, currency)
        session_id = self._id("cs_test")
        session = self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "mode": params["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "created": self._seconds(),
            "expires_at": self._seconds() + SESSION_SECONDS,
            "amount_total": amount,
            "currency": currency,
            "client_reference_id": params["client_reference_id"],
            "success_url": params["success_url"],
            "cancel_url": params["cancel_url"],
            "metadata": params.get("metadata", {}),
            "customer": None,
            "payment_intent": None,
            "subscription": None,
            "url": self._page(session_id),
            "_title": price["product_data"]["name"],
            "_interval": price.get("recurring", {}).get("interval", ""),
            "_data": params.get("payment_intent_data") or params.get("subscription_data") or {},
        }
        self._tell_log(session, "begun")
        return session

    def mark(self, session_id: str, metadata: Object) -> Object:
        """Write into the metadata."""
        session = self.get("sessions", session_id)
        session["metadata"] = {**session["metadata"], **metadata}
        return session

    def expire(self, session_id: str) -> Object:
        """Close an open session."""
        session = self.get("sessions", session_id)
        if session["status"] != "open":
            raise Refusal(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has '
                f"a status of `{session['status']}`."
            )
        session.update(status="expired", url=None)
        self._tell_log(session, "expired")
        self._event("checkout.session.expired", session, session_id)
        return session

    def pay(self, session_id: str, paid: bool) -> None:
        """The payer pays, or the card is refused: then the session stays open for another."""
        session = self.sessions[session_id]
        if session["status"] != "open":
            raise ValueError("There is nothing to decide any more.")
        if not paid:
            self._tell_log(session, "declined")
            return
        session.update(status="complete", payment_status="paid", url=None)
        metadata = session["_data"].get("metadata", {})
        if session["mode"] == "payment":
            intent = self._intent(session["amount_total"], session["currency"], None, metadata)
            self._charge(intent)
            session["payment_intent"] = intent["id"]
            self._tell_log(session, "captured")
        else:
            session["customer"] = self._id("cus")
            self.subscribe(session, metadata)
        self._event("checkout.session.completed", session, session_id)

    # Charges

    def refund(self, params: Object) -> Object:
        """Give back a part of a charge."""
        intent = self.get("intents", params["payment_intent"])
        charge = self.charges[intent["latest_charge"]]
        amount = int(params["amount"])
        if charge["disputed"] and self._dispute_of(charge)["status"] in ("needs_response", "lost"):
            raise Refusal("This charge has been charged back.", code="charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        if amount > left:
            code = "charge_already_refunded" if not left else "amount_too_large"
            raise Refusal("Refund amount is greater than unrefunded amount on charge.", code=code)
        charge["amount_refunded"] += amount
        refund_id = self._id("re")
        refund = self.refunds[refund_id] = {
            "id": refund_id,
            "object": "refund",
            "amount": amount,
            "currency": charge["currency"],
            "payment_intent": intent["id"],
            "metadata": params.get("metadata", {}),
            "status": "succeeded",
        }
        owner = self._owner(intent["id"])
        self._tell_log(owner, "refunded", amount)
        self._event("charge.refunded", charge, owner["id"])
        return refund

    def dispute(self, object_id: str) -> None:
        """The payer's bank asks for the money back."""
        charge = self._charge_of(object_id)
        charge["disputed"] = True
        dispute_id = self._id("du")
        dispute = self.disputes[dispute_id] = {
            "id": dispute_id,
            "object": "dispute",
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "amount": charge["amount"],
            "metadata": {},
            "status": "needs_response",
        }
        self._tell_log(self._owner(charge["payment_intent"]), "disputed")
        self._event("charge.dispute.created", dispute, object_id)

    def decide(self, object_id: str, *, won: bool) -> None:
        """The bank decides."""
        charge = self._charge_of(object_id)
        dispute = self._dispute_of(charge)
        dispute["status"] = "won" if won else "lost"
        self._tell_log(self._owner(charge["payment_intent"]), dispute["status"])
        self._event("charge.dispute.closed", dispute, object_id)

    def subscribe(self, session: Object, metadata: Object) -> None:
        """Begin the subscription that a session was opened for."""
        raise NotImplementedError

    # Helpers

    def _intent(self, amount: int, currency: str, customer: str | None, metadata: Object) -> Object:
        intent_id = self._id("pi")
        intent = self.intents[intent_id] = {
            "id": intent_id,
            "object": "payment_intent",
            "status": "processing",
            "amount": amount,
            "currency": currency,
            "customer": customer,
            "metadata": metadata,
            "latest_charge": None,
            "last_payment_error": None,
        }
        return intent

    def _charge(self, intent: Object) -> None:
        charge_id = self._id("ch")
        self.charges[charge_id] = {
            "id": charge_id,
            "object": "charge",
            "amount": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "status": "succeeded",
            "disputed": False,
            "payment_intent": intent["id"],
            "metadata": intent["metadata"],
        }
        intent.update(status="succeeded", latest_charge=charge_id, last_payment_error=None)

    def _charge_of(self, object_id: str) -> Object:
        intent = (
            self.invoices[object_id]["_intent"]
            if object_id in self.invoices
            else self.sessions[object_id]["payment_intent"]
        )
        return self.charges[self.intents[intent]["latest_charge"]]

    def _dispute_of(self, charge: Object) -> Object:
        return next(each for each in self.disputes.values() if each["charge"] == charge["id"])

    def _owner(self, intent_id: str) -> Object:
        for session in self.sessions.values():
            if session["payment_intent"] == intent_id:
                return session
        return next(each for each in self.invoices.values() if each["_intent"] == intent_id)

    def _tell_log(self, about: Object, what: str, minor: int | None = None) -> None:
        money = (minor if minor is not None else about.get("amount_total", about.get("total", 0)), "")
        session = self.sessions[about["_session"]] if about["object"] == "invoice" else about
        more: Object = {}
        if about["object"] == "invoice":
            period = about["lines"]["data"][0]["period"]
            more = {
                "part_of": session["id"],
                "period_start": period["start"] * 1000,
                "period_end": period["end"] * 1000,
            }
        money = (money[0], session["currency"].upper())
        self._note(about["id"], what, money, session["client_reference_id"], **more)

    def _event(self, kind: str, about: Object, object_id: str) -> None:
        event = {
            "id": self._id("evt"),
            "object": "event",
            "type": kind,
            "created": self._seconds(),
            "livemode": False,
            "data": {"object": told_of(about)},
        }
        self._ring(object_id, event)

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):06d}"

    def _seconds(self) -> int:
        return self._now() // 1000


def told_of(found: Object) -> Object:
    copied = copy.deepcopy(found)
    told = {name: value for name, value in copied.items() if not name.startswith("_")}
    if isinstance(told.get("data"), list):
        told["data"] = [told_of(each) for each in told["data"]]
    return told


def _check_amount(amount: int, currency: str) -> None:
    if currency in THREE_DIGITS and amount % 10:
        raise Refusal("Invalid amount: the last digit must be 0.", code="invalid_charge_amount")
    if currency in TWO_ZEROS and amount % 100:
        raise Refusal("Invalid amount: it must be divisible by 100.", code="invalid_charge_amount")
    if amount < (1 if currency in NO_CENTS else LEAST):
        raise Refusal(f"Amount must be at least {LEAST} {currency}.", code="amount_too_small")
