"""What all use cases of payments share: references and keys, what gateways are asked, and where payers
return to.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Declined, DomainError, Forbidden, Invalid, NotFound, Unavailable
from microblog_core.domain.ids import parse_id
from microblog_core.domain.ledger import Payment
from microblog_core.domain.memberships import Membership
from microblog_core.domain.payments import PaymentRequest, Product, SubscriptionRequest
from microblog_core.ports.context import Ports
from microblog_core.ports.gateways import Gateway, SubscriptionGateway

logger = logging.getLogger("microblog.payments")

PAYMENT, MEMBERSHIP = "p", "m"
WEBHOOK_PATH = "/payments/webhooks/"
_PAYABLE = (AccountState.ACTIVE, AccountState.SILENCED)

S = TypeVar("S")


def payment_path(payment_id: int) -> str:
    """Where the payer sees a payment, and comes back to from the provider."""
    return f"/payments/{payment_id}"


def membership_path(membership_id: int) -> str:
    """Where the member sees a membership, and comes back to from the provider."""
    return f"/memberships/{membership_id}"


def reference_of(ports: Ports, what: Payment | Membership) -> str:
    """Our name of a payment or membership at providers: unique among the sites of an installation, at most 44
    letters, digits and dashes. It is the key with which it is begun.
    """
    kind = PAYMENT if isinstance(what, Payment) else MEMBERSHIP
    return f"{_site(ports)}-{kind}{what.id}"


def parse_reference(ports: Ports, reference: str) -> tuple[str, int]:
    """(`PAYMENT` or `MEMBERSHIP`, its id). Raises `Forbidden` for the reference of another site."""
    site, _, name = reference.rpartition("-")
    found = parse_id(name[1:])
    if site != _site(ports) or name[:1] not in (PAYMENT, MEMBERSHIP) or found is None:
        raise Forbidden("This is about another site's payment.")
    return name[0], found


def _site(ports: Ports) -> str:
    return ports.site if len(ports.site) <= 20 else hashlib.sha256(ports.site.encode()).hexdigest()[:20]


def key_of(ports: Ports, what: Payment | Membership, *act: object) -> str:
    """The idempotency key of an act on a payment or membership: the same act has the same key."""
    text = ":".join([reference_of(ports, what), *map(str, act)])
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def payment_request(ports: Ports, payment: Payment) -> PaymentRequest:
    """What a gateway is asked for: always the same for the same payment."""
    url = ports.gateways.rules.public_url
    page = f"{url}{payment_path(payment.id)}"
    return PaymentRequest(
        reference=reference_of(ports, payment),
        amount=payment.amount,
        country=payment.country,
        description=payment.description,
        return_url=f"{page}?returned=1",
        cancel_url=page,
        webhook_url=f"{url}{WEBHOOK_PATH}{payment.gateway}",
    )


def subscription_request(ports: Ports, membership: Membership) -> SubscriptionRequest:
    """The same for a membership."""
    url = ports.gateways.rules.public_url
    page = f"{url}{membership_path(membership.id)}"
    return SubscriptionRequest(
        reference=reference_of(ports, membership),
        amount=membership.amount,
        country=membership.country,
        description=membership.description,
        return_url=f"{page}?returned=1",
        cancel_url=page,
        webhook_url=f"{url}{WEBHOOK_PATH}{membership.gateway}",
        interval=membership.interval,
    )


def gateway_of(ports: Ports, name: str) -> Gateway:
    """The gateway of a payment. Raises `Unavailable` where it isn't there (any more), or can't be made."""
    try:
        return ports.gateways.get(name)
    except Exception as error:
        logger.exception("The gateway %s can't be used", name)
        raise Unavailable(
            f"The payment gateway {name!r} can't be used now.",
            hint="See that its plugin works: `microblog plugins list`.",
        ) from error


def subscriptions_of(ports: Ports, name: str) -> SubscriptionGateway:
    """The gateway of a membership. Raises `Unavailable`."""
    gateway = gateway_of(ports, name)
    if not isinstance(gateway, SubscriptionGateway):
        raise Unavailable(f"The payment gateway {name!r} has no subscriptions.")
    return gateway


class Refused(Exception):
    """Nothing was begun at this gateway; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def ask(what: str, gateway: str, asking: Awaitable[S]) -> S | None:
    """What a gateway answers to a beginning; None where nobody knows what became of it. Raises `Refused`
    where surely nothing was begun.
    """
    try:
        return await asking
    except (Unavailable, Declined) as refusal:
        logger.warning("%s was not begun at %s: %s", what, gateway, refusal)
        raise Refused(refusal.message) from refusal
    except Exception:
        logger.exception("What became of %s at %s is not known", what, gateway)
        return None


def choose_gateways(ports: Ports, currency: str, country: str, product: Product) -> Sequence[str]:
    """The gateways to try. Raises `Declined` where there is none."""
    route = ports.gateways.route(currency, country, product)
    if not route.gateways:
        logger.warning(
            "No gateway takes a %s in %s from %r: %s",
            product,
            currency,
            country,
            "; ".join(route.explanation),
        )
        raise Declined("Nobody here can take this payment.", hint="Try another currency or country.")
    return route.gateways


def check_on(ports: Ports) -> None:
    """Raises `NotFound` where the site takes no money."""
    if not ports.gateways.rules.on:
        raise NotFound("This site takes no payments.")


async def check_payable(ports: Ports, payer: Account, payee_id: int) -> Account:
    """Whom somebody is about to pay. Raises `NotFound`, `Invalid` (oneself), `Forbidden` (a block)."""
    if payer.id == payee_id:
        raise Invalid("You can't pay yourself.")
    payee = await ports.storage.accounts.get(payee_id)
    if payee is None or payee.state not in _PAYABLE:
        raise NotFound("There is no such account.")
    relation = (await ports.storage.relations.get(payer.id, (payee_id,)))[payee_id]
    if relation.blocked_by:
        raise NotFound("There is no such account.")
    if relation.blocking:
        raise Forbidden("You block this person.", hint="Unblock them first.")
    return payee


def committed(ports: Ports) -> Ports:
    """The ports without what one unit has committed already: an audit line is written once."""
    return dataclasses.replace(ports, preset=())


def unclear(error: Exception) -> Exception:
    """What to tell whoever asked a gateway for an act that nobody knows the outcome of."""
    if isinstance(error, (DomainError, Unavailable)):
        return error
    logger.error("What became of an act at a gateway is not known", exc_info=error)
    return Unavailable(
        "The provider did not answer in time, so nobody knows yet whether this was done.",
        hint="It is looked at again in a minute: see what it says then.",
    )
