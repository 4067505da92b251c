"""Reading payments: what one paid and was paid, receipts, memberships, earnings; for operators everything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from microblog_core.domain.errors import NotFound
from microblog_core.domain.ledger import (
    MONEY,
    Balance,
    Earned,
    Entry,
    Payment,
    Posted,
    author_account,
    held_account,
    receipt_number,
)
from microblog_core.domain.memberships import Membership, Payee
from microblog_core.domain.payments import PaymentState
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import MembershipLine, PaidPage, payments_of

DAY = 24 * 3600 * 1000


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has in hand of a payment that was taken; `number` is unique."""

    number: str
    paid: PaidPage
    captured_at: int


class Earnings(msgspec.Struct, frozen=True, kw_only=True):
    """What an author earned: by day as far as asked for, by month as long as there is anything, and what is
    owed to them and what is held back now, by currency, in minor units. `members` is how many have access.
    """

    days: Sequence[Earned]
    months: Sequence[Earned]
    owed: tuple[Balance, ...]
    held: tuple[Balance, ...]
    members: int


class PaymentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with its entries in the ledger, for operators."""

    paid: PaidPage
    entries: Sequence[Entry]


@authorised("payments.write")
async def read_payment(ports: Ports, actor: Actor, payment_id: int) -> PaidPage:
    """A payment of the actor's, or to them; operators see all. Raises `NotFound`."""
    paid = await payments_of(ports.storage).paid(payment_id)
    if paid is None or not _may_see(ports, actor, paid.payment):
        raise NotFound("There is no such payment.")
    return paid


def _may_see(ports: Ports, actor: Actor, payment: Payment) -> bool:
    # A payee hears of what they were paid, not of what somebody thought better of.
    own = payment.payer_id == actor.id or (payment.payee_id == actor.id and payment.state in MONEY)
    return own or ports.authoriser.allows(actor, "payments.view")


@authorised("payments.write")
async def read_receipt(ports: Ports, actor: Actor, payment_id: int) -> Receipt:
    """The receipt of an own payment. Raises `NotFound`, also where nothing was taken."""
    paid = await read_payment(ports, actor, payment_id)
    payment = paid.payment
    if not payment.captured_at or payment.payee_id == actor.id:
        raise NotFound("There is no receipt of this payment.")
    year = datetime.fromtimestamp(payment.captured_at / 1000, UTC).year
    return Receipt(number=receipt_number(payment, year), paid=paid, captured_at=payment.captured_at)


@authorised("payments.write")
async def read_history(ports: Ports, actor: Actor, page: Page) -> Listing[PaidPage]:
    """What the actor paid or tried to, newest first."""
    return await payments_of(ports.storage).paid_by(require_account(actor).id, page)


@authorised("payments.write")
async def read_received(ports: Ports, actor: Actor, page: Page) -> Listing[PaidPage]:
    """What the actor was paid, newest first."""
    return await payments_of(ports.storage).paid_to(require_account(actor).id, page)


@authorised("payments.write")
async def read_earnings(ports: Ports, actor: Actor, *, days: int = 30) -> Earnings:
    """What the actor earned: by UTC day for the last `days` (with today), by month, and what is owed."""
    author, read, now = require_account(actor).id, payments_of(ports.storage), ports.clock.now()
    first = (now // DAY - days + 1) * DAY
    return Earnings(
        days=await read.earned_by_day(author, first, now + DAY),
        months=await read.earned_by_month(author),
        owed=_positive(await read.balances(author_account(author))),
        held=_positive(await read.balances(held_account(author))),
        members=await read.count_members(author, now),
    )


@authorised("payments.write")
async def read_payee(ports: Ports, actor: Actor) -> Payee | None:
    """How the actor is paid; None where they did not say yet."""
    return await payments_of(ports.storage).payee(require_account(actor).id)


def _positive(balances: Sequence[Balance]) -> tuple[Balance, ...]:
    # The ledger has what is owed below zero.
    return tuple(msgspec.structs.replace(each, minor=-each.minor) for each in balances)


@authorised("payments.write")
async def read_membership(ports: Ports, actor: Actor, membership_id: int) -> Membership:
    """A membership of the actor's; operators see all. Raises `NotFound`."""
    found = await payments_of(ports.storage).membership(membership_id)
    if found is None or not (found.member_id == actor.id or ports.authoriser.allows(actor, "payments.view")):
        raise NotFound("There is no such membership.")
    return found


@authorised("payments.write")
async def read_memberships(ports: Ports, actor: Actor, page: Page) -> Listing[MembershipLine]:
    """The actor's memberships, newest first."""
    return await payments_of(ports.storage).memberships(require_account(actor).id, page)


@authorised("payments.write")
async def read_members(ports: Ports, actor: Actor, page: Page) -> Listing[MembershipLine]:
    """The actor's members who have access now, newest first."""
    account = require_account(actor).id
    return await payments_of(ports.storage).members(account, page, ports.clock.now())


@authorised("payments.view")
async def list_payments(
    ports: Ports,
    actor: Actor,
    page: Page,
    *,
    state: PaymentState | None = None,
    attention: bool = False,
) -> Listing[PaidPage]:
    """All payments, newest first, for operators: in a state, or those that somebody must look at."""
    return await payments_of(ports.storage).page(page, state=state, attention=attention)


@authorised("payments.view")
async def show_payment(ports: Ports, actor: Actor, payment_id: int) -> PaymentDetails:
    """A payment with its entries, for operators. Raises `NotFound`."""
    read = payments_of(ports.storage)
    paid = await read.paid(payment_id)
    if paid is None:
        raise NotFound("There is no such payment.")
    return PaymentDetails(paid=paid, entries=await read.entries(payment_id))


@authorised("payments.view")
async def read_ledger(ports: Ports, actor: Actor, page: Page) -> Listing[Posted]:
    """All entries of the ledger, newest first, for operators."""
    return await payments_of(ports.storage).ledger(page)


@authorised("payments.view")
async def export_ledger(ports: Ports, actor: Actor, *, after: int = 0, limit: int = 500) -> Sequence[Posted]:
    """Entries of the ledger with ids above `after`, oldest first, at most `limit`, for operators."""
    return await payments_of(ports.storage).export(after, limit)


@authorised("payments.view")
async def read_balances(ports: Ports, actor: Actor) -> Sequence[Balance]:
    """What stands on each account of the ledger, for operators."""
    return await payments_of(ports.storage).balances()


@authorised("payments.view")
async def check_ledger(ports: Ports, actor: Actor) -> Sequence[Balance]:
    """The sum of the whole ledger by currency: each is zero, or something is very wrong."""
    return await payments_of(ports.storage).ledger_balance()
