"""Giving a payment back, in whole or in part, and giving up one that nobody has paid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.ledger import OPEN, Payment
from microblog_core.domain.money import Money
from microblog_core.domain.payments import PARTIAL_REFUNDS, REFUNDS, PaymentStatus
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import payments_of
from microblog_core.services.payments.asking import committed, gateway_of, key_of, unclear
from microblog_core.services.payments.jobs import settle_later
from microblog_core.services.payments.settling import apply_status, settle_payment

REASON_LENGTH = 500
"""Of a refund, in characters."""


class RefundPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Give back `minor` (minor units) of a payment, all that is left of it without. `reason` is for the audit
    log alone, at most `REASON_LENGTH` characters.
    """

    payment_id: int
    minor: int | None = None
    reason: str = ""


class CancelPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Give up a payment that was begun."""

    payment_id: int


async def _payment(ports: Ports, payment_id: int) -> Payment:
    payment = await payments_of(ports.storage).get(payment_id)
    if payment is None:
        raise NotFound("There is no such payment.")
    return payment


@authorised("payments.write")
async def refund_payment(ports: Ports, actor: Actor, command: RefundPayment) -> Payment:
    """Give a payment back, as an operator or as who was paid. Asking twice for the same of the same payment
    gives back once.

    Raises `NotFound`, `Invalid` (fields `amount`, `reason`), `Conflict` (it can't be given back: guard
    `state`), `Unavailable` (nobody knows; it is looked at again).
    """
    payment = await _payment(ports, command.payment_id)
    if payment.payee_id != actor.id and not ports.authoriser.allows(actor, "payments.refund"):
        raise NotFound("There is no such payment.")
    if len(command.reason) > REASON_LENGTH:
        raise Invalid(fields={"reason": f"Use at most {REASON_LENGTH} characters."})
    minor = _refundable(ports, payment, command.minor)
    return await _refund(ports, actor, msgspec.structs.replace(command, minor=minor))


def _refundable(ports: Ports, payment: Payment, wanted: int | None) -> int:
    """How much is to be given back. Raises `Invalid`, `Conflict`."""
    left = payment.refundable
    if not left:
        raise Conflict("There is nothing to give back.", guard="state")
    minor = left if wanted is None else wanted
    if not 0 < minor <= left:
        most = Money(left, payment.amount.currency)
        raise Invalid(fields={"amount": f"Use an amount above zero, up to {most}."})
    can = ports.gateways.capabilities(payment.gateway)
    needed = REFUNDS if minor == payment.amount.minor else PARTIAL_REFUNDS
    if needed not in can:
        raise Conflict(
            f"The gateway {payment.gateway} can't give this back.",
            guard="state",
            hint="Give it back on the provider's own pages: it is found out here."
            if REFUNDS not in can
            else "Give back all of it.",
        )
    return minor


def _refunding(command: RefundPayment) -> str:
    return ": ".join(part for part in (str(command.minor), " ".join(command.reason.split())) if part)


@audited("payment.refunded", lambda command: command.payment_id, _refunding)
async def _refund(ports: Ports, actor: Actor, command: RefundPayment) -> Payment:
    payment, minor = await _payment(ports, command.payment_id), command.minor or 0
    # Named by what was given back before: the same again, of two people or two clicks, is one act.
    key = key_of(ports, payment, "refund", payment.refunded_minor, minor)
    gateway = gateway_of(ports, payment.gateway)
    return await _act(ports, payment, lambda: gateway.refund(payment.gateway_id, minor, key=key))


@authorised("payments.write")
async def cancel_payment(ports: Ports, actor: Actor, command: CancelPayment) -> Payment:
    """Give up an own payment, or, as an operator, anybody's, before it is paid. Raises `NotFound`, `Conflict`
    (guard `state`: it was paid, or is over), `Unavailable`.
    """
    payment = await _payment(ports, command.payment_id)
    if payment.payer_id == actor.id:
        return await _cancel(ports, payment)
    if not ports.authoriser.allows(actor, "payments.refund"):
        raise NotFound("There is no such payment.")
    return await _cancel_for(ports, actor, command)


@audited("payment.cancelled", lambda command: command.payment_id)
async def _cancel_for(ports: Ports, actor: Actor, command: CancelPayment) -> Payment:
    return await _cancel(ports, await _payment(ports, command.payment_id))


async def _cancel(ports: Ports, payment: Payment) -> Payment:
    if payment.state in OPEN and not payment.gateway_id:
        # What its beginning came to must be known first.
        try:
            payment = await settle_payment(committed(ports), payment.id, cause="request")
        except Exception as error:
            raise unclear(error) from error
    if payment.state not in OPEN:
        raise Conflict(f"A payment that is {payment.state} can't be given up.", guard="state")
    gateway, key = gateway_of(ports, payment.gateway), key_of(ports, payment, "cancel")
    return await _act(ports, payment, lambda: gateway.cancel(payment.gateway_id, key=key))


async def _act(ports: Ports, payment: Payment, asking: Callable[[], Awaitable[PaymentStatus]]) -> Payment:
    """Commit what is about to be done, have it done, and apply what came of it."""
    unit = ports.unit()
    settle_later(ports, unit, payment)
    await unit.commit()
    ports = committed(ports)
    try:
        status = await asking()
    except Exception as error:
        raise unclear(error) from error
    try:
        return await apply_status(ports, payment, status, cause="request")
    except Conflict as conflict:
        if conflict.guard not in ("version", "id"):
            raise
        return await settle_payment(ports, payment.id, cause="request")
