"""Webhooks of Razorpay: verified by its own library, and read for nothing but whom they ring for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import razorpay

from microblog_core.domain.errors import Forbidden
from microblog_core.domain.payments import STALE_MILLISECONDS, Notice, NoticeKind
from microblog_plugins.razorpay.objects import REFERENCE

HEADER = "x-razorpay-signature"


class _Event(msgspec.Struct, frozen=True):
    event: str
    created_at: int
    payload: dict[str, dict[str, Any]] = {}


def read_webhook(headers: Mapping[str, str], body: bytes, secret: str, *, now: int) -> Notice | None:
    """What a webhook rings for; None where that is nothing of ours. Raises `Forbidden`."""
    _verify(headers.get(HEADER, ""), body, secret)
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.MsgspecError as error:
        raise Forbidden("This webhook can't be read.") from error
    # The only time that is signed is the one in the body: that of what happened.
    if abs(now - event.created_at * 1000) > STALE_MILLISECONDS:
        raise Forbidden("This webhook is too old, or from the future.")
    link, payment = _entity(event, "payment_link"), _entity(event, "payment")
    gateway_id = link.get("id") or payment.get("id")
    if not isinstance(gateway_id, str):
        return None
    return Notice(
        # The header `x-razorpay-event-id` is not signed: whoever sends a webhook again could change it.
        event_id=hashlib.sha256(body).hexdigest(),
        kind=NoticeKind.PAYMENT,
        gateway_id=gateway_id,
        reference=_reference(link) or _reference(payment),
        occurred_at=event.created_at * 1000,
    )


def _verify(signature: str, body: bytes, secret: str) -> None:
    if not secret:
        raise Forbidden("There is no secret to verify this webhook with.")
    try:
        razorpay.Utility().verify_webhook_signature(body.decode(), signature, secret)
    except (razorpay.errors.SignatureVerificationError, ValueError, TypeError) as error:
        # Letters beyond ASCII in a header or a body are ValueError and TypeError there.
        raise Forbidden("The signature of this webhook is wrong.") from error


def _entity(event: _Event, name: str) -> dict[str, Any]:
    entity = event.payload.get(name, {}).get("entity")
    return entity if isinstance(entity, dict) else {}


def _reference(entity: dict[str, Any]) -> str:
    notes = entity.get("notes")
    found = (notes if isinstance(notes, dict) else {}).get(REFERENCE) or entity.get("reference_id")
    return found if isinstance(found, str) else ""
