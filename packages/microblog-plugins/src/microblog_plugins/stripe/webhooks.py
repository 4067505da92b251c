"""Webhooks of Stripe: verified by its own library, and read for nothing but whom they ring for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import stripe

from microblog_core.domain.errors import Forbidden
from microblog_core.domain.payments import STALE_MILLISECONDS, Notice, NoticeKind
from microblog_plugins.stripe.statuses import REFERENCE

HEADER = "stripe-signature"


class _Data(msgspec.Struct, frozen=True):
    object: dict[str, Any]


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    created: int
    data: _Data


def read_webhook(headers: Mapping[str, str], body: bytes, secret: str, *, now: int) -> Notice | None:
    """What a webhook rings for; None where that is nothing of ours. Raises `Forbidden`."""
    _verify(headers.get(HEADER, ""), body, secret, now)
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.MsgspecError as error:
        raise Forbidden("This webhook can't be read.") from error
    kind, gateway_id, reference = _whom(event.type, event.data.object)
    if not gateway_id:
        return None
    return Notice(
        event_id=event.id,
        kind=kind,
        gateway_id=gateway_id,
        reference=reference,
        occurred_at=event.created * 1000,
    )


def _verify(header: str, body: bytes, secret: str, now: int) -> None:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
        stamp = int(next(part for part in header.split(",") if part.startswith("t="))[2:])
    except (stripe.SignatureVerificationError, ValueError, TypeError, StopIteration) as error:
        # Letters beyond ASCII in a header or a body are ValueError and TypeError there.
        raise Forbidden("The signature of this webhook is wrong.") from error
    # The library looks at its own clock, and in one direction only.
    if abs(now - stamp * 1000) > STALE_MILLISECONDS:
        raise Forbidden("This webhook is too old, or from the future.")


def _whom(event_type: str, about: dict[str, Any]) -> tuple[NoticeKind, str, str]:
    """(kind, the id that it is about, our reference), with empty ids for what is nothing of ours.

    Not every object names the session that began it all: `fetch` takes a payment intent and
    `fetch_subscription` a subscription too.
    """
    reference = _reference(about)
    if event_type.startswith("checkout.session."):
        kind = NoticeKind.SUBSCRIPTION if about.get("mode") == "subscription" else NoticeKind.PAYMENT
        return kind, _text(about.get("id")), _text(about.get("client_reference_id"))
    if event_type.startswith("customer.subscription."):
        return NoticeKind.SUBSCRIPTION, _text(about.get("id")), reference
    if event_type.startswith("invoice."):
        # An endpoint may have been made with a version of the API that had no parents.
        told = about.get("parent") or about
        details = told.get("subscription_details") or {}
        gateway_id = details.get("subscription") or about.get("subscription")
        return NoticeKind.SUBSCRIPTION, _text(gateway_id), _reference(details)
    if event_type.startswith(("charge.", "refund.")):
        return NoticeKind.PAYMENT, _text(about.get("payment_intent")), reference
    return NoticeKind.PAYMENT, "", ""


def _reference(about: dict[str, Any]) -> str:
    return _text((about.get("metadata") or {}).get(REFERENCE))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
