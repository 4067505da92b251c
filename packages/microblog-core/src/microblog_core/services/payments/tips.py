"""Tips: somebody pays an author once, on the page of a provider."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.ledger import OPEN, Payment, first_entry
from microblog_core.domain.memberships import check_note
from microblog_core.domain.money import Money, check_money, is_country
from microblog_core.domain.payments import PaymentState, PaymentStatus, Product
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import (
    authorised,
    idempotent,
    rate_limited,
    remember,
    retried,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.operations.payments import AddPayment, RecordPayment
from microblog_core.ports.payments import payments_of
from microblog_core.services.payments.asking import (
    Refused,
    ask,
    check_on,
    check_payable,
    choose_gateways,
    gateway_of,
    logger,
    payment_request,
)
from microblog_core.services.payments.settling import apply_status, captured, lost, settle_payment


class BeginTip(msgspec.Struct, frozen=True, kw_only=True):
    """A tip of `minor` (minor units of the payee's currency) for an account. `country` is the payer's (ISO
    3166-1), empty where it isn't known; `note` is said to the payee. An `idempotency_key` makes repeating it
    harmless for an hour.
    """

    account_id: int
    minor: int
    country: str = ""
    note: str = ""
    idempotency_key: str = ""


async def _begun(ports: Ports, actor: Actor, payment_id: int) -> Payment:
    """What the first request with this key began; whoever asked may not have lived to hear the answer."""
    payment = await payments_of(ports.storage).get(payment_id)
    if payment is None:
        raise NotFound("There is no such payment.")
    if payment.state in OPEN and not payment.gateway_id:
        try:
            return await settle_payment(ports, payment.id, cause="request")
        except Exception as error:
            logger.warning("Payment %s can't be asked about now: %s", payment.id, error)
    return payment


@authorised("payments.write")
@idempotent(_begun)
@rate_limited("pay", limit=30, per=3600)
@retried("id")
async def begin_tip(ports: Ports, actor: Actor, command: BeginTip) -> Payment:
    """Begin a tip at the first gateway that takes it. The payer goes on to the payment's `redirect_url`;
    where that is empty, its `state` says why (`failed` with a `reason`, paid already, or not known yet).

    Raises `NotFound` (no such account, or the site takes no payments), `Invalid` (oneself, fields `amount`,
    `country`, `note`), `Forbidden` (a block, or no tips wanted), `Declined` (no gateway takes it).
    """
    check_on(ports)
    payer = require_account(actor)
    payee = await check_payable(ports, payer, command.account_id)
    wanted = await payments_of(ports.storage).payee(payee.id)
    if wanted is None or not wanted.tips:
        raise NotFound("This person takes no tips.")
    amount = check_tip(ports, command.minor, wanted.currency)
    note, country = check_note(command.note), check_country(command.country)
    names = choose_gateways(ports, amount.currency, country, Product.TIP)
    now = ports.clock.now()
    payment = Payment(
        id=ports.ids.at(now),
        payer_id=payer.id,
        payee_id=payee.id,
        product=Product.TIP,
        amount=amount,
        gateway=names[0],
        country=country,
        description=f"Tip for @{payee.username}",
        note=note,
        created_at=now,
        updated_at=now,
        sequence=1,
    )
    unit = ports.unit()
    entry = first_entry(payment, entry_id=ports.ids.at(now), cause="request")
    unit.apply(AddPayment(payment=payment, entries=(entry,)))
    remember(unit, payer.id, command.idempotency_key, payment.id, now)
    await unit.commit()
    return await _begin_at(ports, payment, names)


def check_tip(ports: Ports, minor: int, currency: str) -> Money:
    """The amount of a tip; raises `Invalid` (field `amount`)."""
    amount = check_money(minor, currency)
    least, most = ports.gateways.rules.tip_limits(currency)
    if not least <= minor <= most:
        raise Invalid(
            fields={"amount": f"Use an amount from {Money(least, currency)} to {Money(most, currency)}."}
        )
    return amount


def check_country(country: str) -> str:
    """The payer's country in capitals, or empty; raises `Invalid` (field `country`)."""
    code = country.strip().upper()
    if code and not is_country(code):
        raise Invalid(fields={"country": "Use a two-letter country code such as DE."})
    return code


async def _begin_at(ports: Ports, payment: Payment, names: Sequence[str]) -> Payment:
    """Ask one gateway after the other until one has begun it, or nobody knows whether it has. The one that is
    asked is always in the payment before it is asked.
    """
    reason = ""
    for name in names:
        if payment.gateway != name:
            payment = await _move(ports, payment, name)
        try:
            status = await ask("A payment", name, _begin(ports, payment))
        except Refused as refused:
            reason = refused.reason
            continue
        return await _apply(ports, payment, status or _unknown(payment))
    return await _apply(ports, payment, lost(payment, reason))


async def _begin(ports: Ports, payment: Payment) -> PaymentStatus:
    request = payment_request(ports, payment)
    gateway = gateway_of(ports, payment.gateway)
    status = await gateway.begin(request, key=request.reference)
    try:
        return await captured(ports, payment, status)
    except Exception:
        # It was begun: what becomes of taking it, the reconciler finds out.
        return status


def _unknown(payment: Payment) -> PaymentStatus:
    """The status of what a gateway may have begun: nothing else is tried any more."""
    return PaymentStatus(
        gateway=payment.gateway,
        gateway_id="",
        reference="",
        state=PaymentState.PENDING,
        amount=payment.amount,
    )


async def _move(ports: Ports, payment: Payment, name: str) -> Payment:
    moved = replace(payment, gateway=name, version=payment.version + 1, updated_at=ports.clock.now())
    unit = ports.unit()
    unit.apply(RecordPayment(payment=moved))
    await unit.commit()
    return moved


async def _apply(ports: Ports, payment: Payment, status: PaymentStatus) -> Payment:
    try:
        return await apply_status(ports, payment, status, cause="request")
    except Conflict as conflict:
        if conflict.guard not in ("version", "id"):
            raise
        # A webhook was quicker than the provider's answer.
        return await settle_payment(ports, payment.id, cause="request")
