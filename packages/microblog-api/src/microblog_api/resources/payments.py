"""Tips, and what one paid. No client ever sees a card: whoever pays goes on to the provider's page.

Needs the scopes `read:payments` and `write:payments`, which neither `read` nor `write` contains.
"""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get, post
from microblog_api.entities import OfferEntity, PaymentEntity, ReceiptEntity
from microblog_api.names import moment
from microblog_api.paid import check_takes_money, membership_of, payee_of, payment_of, tier_of
from microblog_core.http.scope import header
from microblog_core.services import timelines
from microblog_core.services.payments import offers, reading, refunds, returning, tips


class Tip(msgspec.Struct, frozen=True):
    """Whom to tip, and how much in the smallest unit of their currency. `country` is the payer's (`DE`)."""

    account_id: Id
    amount: int
    country: str = ""
    note: str = ""


class Refund(msgspec.Struct, frozen=True):
    """How much to give back, in the smallest unit; all that is left without."""

    amount: int | None = None


@get("/api/v1/payments/offers/{id:str}", who="anybody", needs="read:accounts read:payments")
async def offer(call: Call, given: None) -> OfferEntity:
    """View what an account is paid for: tips, tiers, and the own membership."""
    check_takes_money(call)
    account = await timelines.read_account(call.ports, call.actor, call.id())
    found = await offers.read_offer(call.ports, call.actor, account.id)
    tiers = {each.id: each for each in found.tiers}
    mine = found.membership
    return OfferEntity(
        payee=None if found.payee is None else payee_of(call, found.payee),
        tiers=[tier_of(each) for each in found.tiers],
        membership=None if mine is None else membership_of(call, mine, account, tiers.get(mine.tier_id)),
    )


@post("/api/v1/payments", needs="write:payments")
async def tip(call: Call, given: Tip) -> PaymentEntity:
    """Begin a tip; the payer goes on to its `redirect_url`. The header `Idempotency-Key` makes repeating it
    harmless for an hour.
    """
    check_takes_money(call)
    command = tips.BeginTip(
        account_id=given.account_id,
        minor=given.amount,
        country=given.country,
        note=given.note,
        idempotency_key=header(call.scope, b"idempotency-key"),
    )
    begun = await tips.begin_tip(call.ports, call.actor, command)
    return await _read(call, begun.id)


@get("/api/v1/payments", needs="read:payments", pages="cursor")
async def read_all(call: Call, given: None) -> list[PaymentEntity]:
    """View what one paid or tried to, newest first."""
    check_takes_money(call)
    listing = await reading.read_history(call.ports, call.actor, call.page())
    call.linked_by(listing, lambda each: each.payment.id)
    return [payment_of(call, each) for each in listing.items]


@get("/api/v1/payments/received", needs="read:payments", pages="cursor")
async def received(call: Call, given: None) -> list[PaymentEntity]:
    """View what one was paid, newest first."""
    check_takes_money(call)
    listing = await reading.read_received(call.ports, call.actor, call.page())
    call.linked_by(listing, lambda each: each.payment.id)
    return [payment_of(call, each) for each in listing.items]


@get("/api/v1/payments/{id:str}", needs="read:payments")
async def read(call: Call, given: None) -> PaymentEntity:
    """View an own payment, or one to oneself."""
    check_takes_money(call)
    return await _read(call, call.id())


@get("/api/v1/payments/{id:str}/receipt", needs="read:payments")
async def receipt(call: Call, given: None) -> ReceiptEntity:
    """View the receipt of an own payment that was taken."""
    check_takes_money(call)
    found = await reading.read_receipt(call.ports, call.actor, call.id())
    return ReceiptEntity(
        number=found.number,
        captured_at=moment(found.captured_at),
        provider=found.paid.payment.gateway,
        provider_reference=found.paid.payment.gateway_id,
        payment=payment_of(call, found.paid),
    )


@post("/api/v1/payments/{id:str}/refresh", needs="write:payments")
async def refresh(call: Call, given: None) -> PaymentEntity:
    """Have the provider asked where an own payment stands, after coming back from there."""
    check_takes_money(call)
    command = returning.Returned(id=call.id())
    return payment_of(call, await returning.return_to_payment(call.ports, call.actor, command))


@post("/api/v1/payments/{id:str}/cancel", needs="write:payments")
async def cancel(call: Call, given: None) -> PaymentEntity:
    """Give up an own payment that isn't paid yet."""
    check_takes_money(call)
    given_up = await refunds.cancel_payment(
        call.ports, call.actor, refunds.CancelPayment(payment_id=call.id())
    )
    return await _read(call, given_up.id)


@post("/api/v1/payments/{id:str}/refund", needs="write:payments")
async def refund(call: Call, given: Refund) -> PaymentEntity:
    """Give back what one was paid, or a part of it."""
    check_takes_money(call)
    command = refunds.RefundPayment(payment_id=call.id(), minor=given.amount)
    return await _read(call, (await refunds.refund_payment(call.ports, call.actor, command)).id)


async def _read(call: Call, payment_id: int) -> PaymentEntity:
    return payment_of(call, await reading.read_payment(call.ports, call.actor, payment_id))


ENDPOINTS = (offer, tip, read_all, received, read, receipt, refresh, cancel, refund)
