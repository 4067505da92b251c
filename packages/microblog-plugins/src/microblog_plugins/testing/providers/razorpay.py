"""Razorpay, played: Payment Links with their orders, payments, captures and refunds.

What is known of its behaviour that matters to us: a `reference_id` is taken once; unknown ids are refused
with 400; refunds have idempotency keys and links have none; webhooks have no signed time but that of their
event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Sequence
from typing import Any

from microblog_plugins.testing.providers.ringing import Webhook
from microblog_plugins.testing.providers.server import Answer, Bill, Outcome, Provider, Request

KEY_ID = "rzp_test_sandbox"
KEY_SECRET = "sandbox-key-secret"
WEBHOOK_SECRET = "sandbox-webhook-secret"
LEAST = 100
SHORTEST_SECONDS = 15 * 60
KEY_LENGTH = 10

Object = dict[str, Any]
_CREATE = {
    "amount",
    "currency",
    "accept_partial",
    "reference_id",
    "description",
    "callback_url",
    "callback_method",
    "expire_by",
    "notify",
    "reminder_enable",
    "notes",
}


class _Refusal(Exception):
    """A call is refused with 400."""


class RazorpayProvider(Provider):
    """Razorpay's API at `url`."""

    name = "Razorpay"

    def __init__(
        self,
        *,
        key_id: str = KEY_ID,
        key_secret: str = KEY_SECRET,
        webhook_secret: str = WEBHOOK_SECRET,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.key_id, self.key_secret, self.webhook_secret = key_id, key_secret, webhook_secret
        self.links: dict[str, Object] = {}
        self.payments: dict[str, Object] = {}
        self.refunds: list[Object] = []
        self._keys: dict[str, tuple[Object, Object]] = {}
        self._numbers = itertools.count(1)

    # What the provider does on its own

    def pay(self, object_id: str, outcome: str = Outcome.PAID) -> None:
        """The payer decides on the page of a link."""
        with self.lock:
            link = self.links[object_id]
            if link["status"] != "created":
                raise ValueError("There is nothing to decide any more.")
            status = {Outcome.PAID: "captured", Outcome.AUTHORISED: "authorized"}.get(outcome, "failed")
            link["order_id"] = link["order_id"] or self._id("order")
            payment_id = self._id("pay")
            self.payments[payment_id] = {
                "id": payment_id,
                "entity": "payment",
                "status": status,
                "amount": link["amount"],
                "currency": link["currency"],
                "amount_refunded": 0,
                "order_id": link["order_id"],
                "notes": link["notes"],
                "created_at": self._seconds(),
                "error_description": "The card was declined." if status == "failed" else None,
                "_link": object_id,
            }
            self._note(link, status)
            if status == "captured":
                self._settle(link, payment_id)
            self._tell(f"payment.{status}", payment=self.payments[payment_id])
            if status == "captured":
                self._tell("payment_link.paid", payment_link=link, payment=self.payments[payment_id])

    def forget_keys(self) -> None:
        """A long time goes by for idempotency keys."""
        with self.lock:
            self._keys.clear()

    def pass_time(self) -> None:
        """Links run out."""
        for link in self.links.values():
            if link["status"] == "created" and link["expire_by"] <= self._seconds():
                link["status"] = "expired"
                self._note(link, "expired")
                self._tell("payment_link.expired", payment_link=link)

    def bill(self, object_id: str) -> Bill | None:
        """What a link asks for."""
        link = self.links.get(object_id)
        if link is None:
            return None
        return Bill(
            title=link["description"],
            amount=f"{link['amount']} {link['currency']}",
            return_url=link["callback_url"],
            cancel_url=link["callback_url"],
            open=link["status"] == "created",
        )

    def sealed(self, event: dict[str, Any], at: int, forged: bool) -> Webhook:
        """Signed as razorpay.com/docs/webhooks says."""
        body = json.dumps({**event, "created_at": at // 1000}).encode()
        secret = "guessed" if forged else self.webhook_secret
        return {
            "x-razorpay-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
            "x-razorpay-event-id": hashlib.sha1(body, usedforsecurity=False).hexdigest(),
            "content-type": "application/json",
        }, body

    # The API

    def error(self, status: int, text: str) -> Answer:
        """An error as Razorpay writes it."""
        code = "SERVER_ERROR" if status >= 500 else "BAD_REQUEST_ERROR"
        return Answer(status, json.dumps({"error": {"code": code, "description": text}}).encode())

    def answer(self, request: Request) -> Answer:
        """Answer a call with the key."""
        key = base64.b64encode(f"{self.key_id}:{self.key_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {key}":
            return self.error(401, "Authentication failed")
        parts = request.path.removeprefix("/v1/").rstrip("/").split("/")
        try:
            if request.changes:
                return _answer(self._done(parts, json.loads(request.body or b"{}"), request))
            return _answer(self._found(parts, dict(request.query)))
        except _Refusal as refusal:
            return self.error(400, str(refusal))

    def _found(self, parts: Sequence[str], query: dict[str, str]) -> Object:
        match parts:
            case ("payment_links",):
                return {"payment_links": [self._shown(each) for each in self._links_by(query)]}
            case ("payment_links", id_):
                return self._shown(self._link(id_))
            case ("orders", id_, "payments"):
                items = [each for each in self.payments.values() if each["order_id"] == id_]
                return {"entity": "collection", "items": items}
            case ("payments", id_):
                return self._payment(id_)
            case ("payments", id_, "refunds"):
                self._payment(id_)
                refunds = [each for each in self.refunds if each["payment_id"] == id_]
                return {"entity": "collection", "items": refunds}
        raise _Refusal("The requested URL was not found on the server.")

    def _done(self, parts: Sequence[str], data: Object, request: Request) -> Object:
        match parts:
            case ("payment_links",):
                return self._shown(self._create(data))
            case ("payment_links", id_, "cancel"):
                return self._shown(self._cancel(self._link(id_)))
            case ("payments", id_, "capture"):
                return self._capture(self._payment(id_), data)
            case ("payments", id_, "refund"):
                return self._refund(self._payment(id_), data, request.headers.get("x-refund-idempotency", ""))
        raise _Refusal("The requested URL was not found on the server.")

    def _create(self, data: Object) -> Object:
        for name in data:
            if name not in _CREATE:
                raise _Refusal(f"{name} is/are not required and should not be sent")
        if data["amount"] < LEAST:
            raise _Refusal(f"Amount should be at least {LEAST}")
        if len(data["reference_id"]) > 40:
            raise _Refusal("The reference id may not be greater than 40 characters.")
        if data["expire_by"] < self._seconds() + SHORTEST_SECONDS:
            raise _Refusal("expire_by should be at least 15 minutes after current time")
        reference = data["reference_id"]
        if any(each["reference_id"] == reference for each in self.links.values()):
            raise _Refusal(f"payment link with given reference_id ({reference}) already exists")
        link_id = self._id("plink")
        link = self.links[link_id] = {
            **data,
            "id": link_id,
            "status": "created",
            "amount_paid": 0,
            "created_at": self._seconds(),
            "order_id": None,
            "payments": None,
            "short_url": self.page(link_id),
            "notes": data["notes"] or [],
        }
        self._note(link, "begun")
        return link

    def _cancel(self, link: Object) -> Object:
        if link["status"] != "created":
            raise _Refusal(f"Payment Link cannot be cancelled as it is {link['status']}")
        link["status"] = "cancelled"
        self._note(link, "cancelled")
        self._tell("payment_link.cancelled", payment_link=link)
        return link

    def _capture(self, payment: Object, data: Object) -> Object:
        if payment["status"] != "authorized":
            raise _Refusal("This payment has already been captured")
        if (data["amount"], data["currency"]) != (payment["amount"], payment["currency"]):
            raise _Refusal("Capture amount must be equal to the amount authorized")
        payment["status"] = "captured"
        link = self.links[payment["_link"]]
        self._settle(link, payment["id"])
        self._note(link, "captured")
        self._tell("payment_link.paid", payment_link=link, payment=payment)
        return payment

    def _refund(self, payment: Object, data: Object, key: str) -> Object:
        if key in self._keys:
            before, refund = self._keys[key]
            if before != data:
                raise _Refusal("Different request body sent for the same Idempotency Header.")
            return refund
        if len(key) < KEY_LENGTH:
            raise _Refusal("The idempotency key must be at least 10 characters.")
        if payment["status"] not in ("captured", "refunded"):
            raise _Refusal("The payment status should be captured for action to be taken")
        if payment["amount_refunded"] == payment["amount"]:
            raise _Refusal("The payment has been fully refunded already")
        if data["amount"] > payment["amount"] - payment["amount_refunded"]:
            raise _Refusal("The refund amount provided is greater than amount captured")
        payment["amount_refunded"] += data["amount"]
        if payment["amount_refunded"] == payment["amount"]:
            payment["status"] = "refunded"
        refund = {
            "id": self._id("rfnd"),
            "entity": "refund",
            "amount": data["amount"],
            "payment_id": payment["id"],
            "receipt": data.get("receipt"),
            "status": "processed",
        }
        self.refunds.append(refund)
        self._keys[key] = (data, refund)
        self._note(self.links[payment["_link"]], "refunded", data["amount"])
        self._tell("refund.processed", refund=refund, payment=payment)
        return refund

    # Helpers

    def _settle(self, link: Object, payment_id: str) -> None:
        link.update(status="paid", amount_paid=link["amount"], payments=[{"payment_id": payment_id}])

    def _links_by(self, query: dict[str, str]) -> list[Object]:
        if "payment_id" in query:
            payment = self.payments.get(query["payment_id"])
            return [self.links[payment["_link"]]] if payment is not None else []
        wanted = query["reference_id"]
        return [each for each in self.links.values() if each["reference_id"] == wanted]

    def _shown(self, link: Object) -> Object:
        # A link has no order before somebody tried to pay.
        return {name: value for name, value in link.items() if name != "order_id" or value}

    def _link(self, link_id: str) -> Object:
        if link_id not in self.links:
            raise _Refusal("The id provided does not exist")
        return self.links[link_id]

    def _payment(self, payment_id: str) -> Object:
        if payment_id not in self.payments:
            raise _Refusal("The id provided does not exist")
        return self.payments[payment_id]

    def _note(self, link: Object, what: str, minor: int | None = None) -> None:
        money = (link["amount"] if minor is None else minor, link["currency"])
        self.note(link["id"], what, money, link["reference_id"])

    def _tell(self, event: str, **entities: Object) -> None:
        link = entities.get("payment_link") or self.links[entities["payment"]["_link"]]
        payload = {name: {"entity": dict(entity)} for name, entity in entities.items()}
        self.ring(
            link["id"], {"entity": "event", "event": event, "contains": list(entities), "payload": payload}
        )

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):06d}"

    def _seconds(self) -> int:
        return self.now() // 1000


def _answer(body: Object) -> Answer:
    return Answer(200, json.dumps(body).encode())
