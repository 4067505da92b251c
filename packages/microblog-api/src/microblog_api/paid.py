"""From payments in the domain to entities."""

from __future__ import annotations

from microblog_api import entities
from microblog_api.endpoints import Call
from microblog_api.names import moment
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ledger import Balance
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.money import Money
from microblog_core.ports.payments import MembershipLine, PaidPage


def check_takes_money(call: Call) -> None:
    """Raises `NotFound` where the site takes no money."""
    if not call.ports.gateways.rules.on:
        raise NotFound(
            "This site takes no payments.",
            hint="This site takes no payments: its operator switches them on by naming a gateway.",
        )


def money_of(amount: Money) -> entities.MoneyEntity:
    """An amount."""
    return entities.MoneyEntity(minor=amount.minor, currency=amount.currency, formatted=str(amount))


def balance_of(balance: Balance) -> entities.MoneyEntity:
    """What stands on an account."""
    return money_of(Money(balance.minor, balance.currency))


def moment_or_none(at: int) -> str | None:
    """A moment; None for 0."""
    return moment(at) if at else None


def tier_of(tier: Tier) -> entities.TierEntity:
    """A tier."""
    return entities.TierEntity(
        id=str(tier.id),
        name=tier.name,
        description=tier.description,
        monthly=None if tier.monthly is None else money_of(tier.monthly),
        yearly=None if tier.yearly is None else money_of(tier.yearly),
        retired=tier.retired_at is not None,
    )


def payee_of(call: Call, payee: Payee) -> entities.PayeeEntity:
    """How somebody is paid."""
    least, most = call.ports.gateways.rules.tip_limits(payee.currency)
    return entities.PayeeEntity(
        currency=payee.currency,
        tips=payee.tips,
        suggestions=[money_of(each) for each in payee.suggestions],
        minimum=money_of(Money(least, payee.currency)),
        maximum=money_of(Money(most, payee.currency)),
    )


def membership_of(
    call: Call, membership: Membership, author: Account | None = None, tier: Tier | None = None
) -> entities.MembershipEntity:
    """A membership, for its member."""
    return entities.MembershipEntity(
        id=str(membership.id),
        state=str(membership.state),
        interval=str(membership.interval),
        amount=money_of(membership.amount),
        created_at=moment(membership.created_at),
        paid_until=moment_or_none(membership.paid_until),
        access_until=moment_or_none(membership.access_until),
        ended_at=moment_or_none(membership.ended_at),
        cancel_at_period_end=membership.cancel_at_period_end,
        redirect_url=membership.redirect_url or None,
        reason=membership.reason,
        author=None if author is None else call.present.account(author),
        tier=None if tier is None else tier_of(tier),
    )


def member_of(call: Call, line: MembershipLine) -> entities.MemberEntity:
    """A membership, for its author."""
    return entities.MemberEntity(
        id=str(line.membership.id),
        account=None if line.member is None else call.present.account(line.member),
        tier=tier_of(line.tier),
        interval=str(line.membership.interval),
        amount=money_of(line.membership.amount),
        created_at=moment(line.membership.created_at),
        access_until=moment_or_none(line.membership.access_until),
    )


def payment_of(call: Call, paid: PaidPage) -> entities.PaymentEntity:
    """A payment, for its payer or its payee, who are not told where it was to be paid."""
    payment, mine = paid.payment, paid.payment.payer_id == call.actor.id
    return entities.PaymentEntity(
        id=str(payment.id),
        product=str(payment.product),
        state=str(payment.state),
        amount=money_of(payment.amount),
        refunded=money_of(payment.refunded),
        created_at=moment(payment.created_at),
        captured_at=moment_or_none(payment.captured_at),
        redirect_url=(payment.redirect_url or None) if mine else None,
        description=payment.description,
        note=payment.note,
        reason=payment.reason,
        membership_id=None if payment.membership_id is None else str(payment.membership_id),
        period_start=moment_or_none(payment.period_start),
        period_end=moment_or_none(payment.period_end),
        payer=None if paid.payer is None else call.present.account(paid.payer),
        payee=None if paid.payee is None else call.present.account(paid.payee),
    )
