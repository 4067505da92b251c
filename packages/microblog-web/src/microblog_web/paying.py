"""What pages for payers share: what somebody is paid for, how it is said where a payment or a membership
stands, and the way to the provider.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.memberships import Membership, Tier
from microblog_core.domain.payments import Interval, PaymentState, Product, SubscriptionState
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import Offer
from microblog_core.ports.storage import LEDGER
from microblog_core.services.payments.offers import read_offer
from microblog_web.i18n import mark
from microblog_web.responses import PRIVATE, Answer
from microblog_web.times import countries

if TYPE_CHECKING:
    from microblog_web.views import View

HISTORY = "/settings/payments"
_ADDRESS = re.compile(r"(?:https?://|/)[!-~]*")

SHORT: Mapping[PaymentState, str] = {
    PaymentState.CREATED: mark("Not paid yet"),
    PaymentState.PENDING: mark("Not paid yet"),
    PaymentState.AUTHORISED: mark("Reserved"),
    PaymentState.CAPTURED: mark("Paid"),
    PaymentState.FAILED: mark("Failed"),
    PaymentState.CANCELLED: mark("Given up"),
    PaymentState.PARTIALLY_REFUNDED: mark("Given back in part"),
    PaymentState.REFUNDED: mark("Given back"),
    PaymentState.DISPUTED: mark("Your bank looks at it"),
    PaymentState.CHARGED_BACK: mark("Given back by your bank"),
}
"""Where a payment stands, as its payer reads it."""
LONG: Mapping[PaymentState, str] = {
    PaymentState.AUTHORISED: mark("Your provider has reserved the amount. It is taken in a moment."),
    PaymentState.CAPTURED: mark("Thank you! Your payment has arrived."),
    PaymentState.FAILED: mark("Nothing was taken from you."),
    PaymentState.CANCELLED: mark("This payment was given up. Nothing was taken from you."),
    PaymentState.PARTIALLY_REFUNDED: mark("A part of what you paid was given back to you."),
    PaymentState.REFUNDED: mark("All that you paid was given back to you."),
    PaymentState.DISPUTED: mark(
        "You asked your bank to have this payment back. It is held until your bank has decided."
    ),
    PaymentState.CHARGED_BACK: mark("Your bank has decided that you get this payment back."),
}
"""What that means, beside payments that aren't paid yet."""
UNPAID = mark("Nothing was taken from you yet.")
GO_ON = mark("You pay on the page of a provider, which sends you back here afterwards.")
UNKNOWN = mark(
    "The provider has not said yet what became of this payment. You need not do anything: it is asked again"
    " and again."
)
MEMBERSHIPS: Mapping[SubscriptionState, str] = {
    SubscriptionState.PENDING: mark("Not paid yet"),
    SubscriptionState.ACTIVE: mark("Member"),
    SubscriptionState.PAST_DUE: mark("The last payment failed"),
    SubscriptionState.ENDED: mark("Ended"),
}
PRODUCTS: Mapping[Product, str] = {Product.TIP: mark("Tip"), Product.MEMBERSHIP: mark("Membership")}
REASONS: Mapping[str, str] = {
    "expired": mark("It was not paid in time."),
    "not paid": mark("It was not paid."),
    "insufficient funds": mark("The account or card did not have enough on it."),
    "never heard of again": mark("The provider knows nothing of it."),
}
"""Reasons of gateways that are said in the reader's language; others are shown as they are."""


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """How the reader can pay somebody: by a tip, by a membership (or they are a member already)."""

    tip: bool = False
    join: bool = False
    member: bool = False


NONE = Support()


def takes_money(ports: Ports) -> bool:
    """Whether there is anything about money on this site."""
    return ports.gateways.rules.on and LEDGER in ports.storage.capabilities


def check_takes_money(view: View) -> None:
    """Raises `NotFound` where there is nothing about money."""
    if not takes_money(view.ports):
        raise NotFound("There is no page at this address.", hint="Check the address.")


async def support_of(view: View, account: Account) -> Support:
    """How the reader can pay this person; asks nobody where the site takes no money."""
    if not takes_money(view.ports) or (view.me is not None and view.me.id == account.id):
        return NONE
    return support_by(await read_offer(view.ports, view.actor, account.id), view.now)


def support_by(offer: Offer, now: int) -> Support:
    """The same by what somebody is paid for."""
    if offer.payee is None:
        return NONE
    member = offer.membership is not None and offer.membership.gives_access(now)
    return Support(
        tip=offer.payee.tips, join=bool(offer.tiers) or offer.membership is not None, member=member
    )


def country_choices(view: View) -> list[tuple[str, str]]:
    """The payer's country, as a choice; nobody has to say it."""
    return [("", view.translate("Not said")), *countries(view.locale)]


def prices(tier: Tier) -> list[tuple[Interval, str]]:
    """The intervals in which a tier is paid, with their words."""
    words = {Interval.MONTH: mark("a month"), Interval.YEAR: mark("a year")}
    return [(interval, word) for interval, word in words.items() if tier.price(interval) is not None]


def way_on(redirect_url: str) -> str:
    """The provider's address, if it can stand in a link; empty for none."""
    return redirect_url if _ADDRESS.fullmatch(redirect_url) else ""


def going_on(page: Answer, address: str) -> Answer:
    """A page that leads on to a provider at once. A form may not be answered with another site's address (the
    policy of pages allows forms to lead to this site alone), so that a page stands between.
    """
    headers = (*PRIVATE, (b"refresh", b"0; url=" + address.encode("ascii")))
    return Answer(page.body, page.status, headers)


def reason_of(view: View, reason: str) -> str:
    """Why something failed, in the reader's language where that is known."""
    return view.translate(REASONS[reason]) if reason in REASONS else reason


def next_step(membership: Membership, now: int) -> str:
    """What becomes of a membership: `renews`, `ends`, `late` (the last payment failed), `over` (access too),
    `left` (ended, access still there), `unpaid`.
    """
    if membership.state is SubscriptionState.PENDING:
        return "unpaid"
    if membership.state is SubscriptionState.ENDED:
        return "left" if membership.gives_access(now) else "over"
    if membership.cancel_at_period_end:
        return "ends"
    return "late" if membership.state is SubscriptionState.PAST_DUE else "renews"
