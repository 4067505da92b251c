"""Giving a payment back, by who was paid or by an operator: the form, the question, the act."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Request
from markupsafe import Markup

from microblog_core.domain.errors import Conflict, DomainError, Invalid, Unavailable
from microblog_core.domain.ledger import Payment
from microblog_core.domain.money import Money
from microblog_core.domain.payments import PARTIAL_REFUNDS, REFUNDS
from microblog_core.ports.payments import PaidPage
from microblog_core.services.payments.refunds import REASON_LENGTH, RefundPayment, refund_payment
from microblog_web.forms import Form
from microblog_web.money_words import STATES, amount_of
from microblog_web.paying import PRODUCTS
from microblog_web.requests import flash
from microblog_web.times import money
from microblog_web.views import View

FIELDS = ("amount", "reason")
REFUSED = (DomainError, Unavailable)
"""What may be wrong with what was asked for, or at the provider: the form is shown again."""


def can_refund(view: View, payment: Payment) -> bool:
    """Whether anything of it can be given back by its gateway."""
    return bool(payment.refundable) and REFUNDS in view.ports.gateways.capabilities(payment.gateway)


def in_part(view: View, payment: Payment) -> bool:
    """Whether its gateway gives parts back."""
    return PARTIAL_REFUNDS in view.ports.gateways.capabilities(payment.gateway)


def wanted(values: Mapping[str, str], payment: Payment) -> Money:
    """What is to be given back: what was typed, all that is left without. Raises `Invalid` (fields `amount`,
    `reason`), `Conflict`.
    """
    currency, left = payment.amount.currency, payment.refundable
    if not left:
        raise Conflict("There is nothing to give back.", guard="state", hint="See where the payment stands.")
    if "before" in values and values["before"] != str(payment.refunded_minor):
        # A second click, or somebody else was quicker: nothing goes back twice.
        raise Conflict(
            "Some of it went back meanwhile.", guard="version", hint="See where the payment stands."
        )
    if len(values.get("reason", "")) > REASON_LENGTH:
        raise Invalid(fields={"reason": f"Use at most {REASON_LENGTH} characters."})
    text = values.get("amount", "").strip()
    amount = amount_of(text, currency, "amount") if text else Money(left, currency)
    if amount.minor > left:
        raise Invalid(fields={"amount": f"Use an amount above zero, up to {Money(left, currency)}."})
    return amount


def draw_refunding(
    view: View, paid: PaidPage, form: Form, action: str, *, asks_why: bool, sure: Money | None = None
) -> Markup:
    """The form that gives a payment back; with `sure` the question whether this amount shall be."""
    return view.web.render(
        "web/money/refund.html",
        view.locale,
        paid=paid,
        form=form,
        action=action,
        asks_why=asks_why,
        sure=sure,
        in_part=in_part(view, paid.payment),
        products=PRODUCTS,
        states=STATES,
        back=action.removesuffix("/refund"),
        csrf=view.csrf,
    )


async def give_back(request: Request, view: View, payment: Payment, amount: Money, reason: str) -> None:  # type: ignore[type-arg]
    """Do it, and say so on the next page. `reason` goes into the audit log. Raises what is in `REFUSED`."""
    command = RefundPayment(payment_id=payment.id, minor=amount.minor, reason=reason)
    after = await refund_payment(view.ports, view.actor, command)
    if after.refunded_minor > payment.refunded_minor:
        given = Money(after.refunded_minor - payment.refunded_minor, payment.amount.currency)
        flash(request, view.translate("%(amount)s go back to the payer.", amount=money(given, view.locale)))
    else:
        flash(request, view.translate("The provider was asked to give it back. See here when it has."))
