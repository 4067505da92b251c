"""The payer comes back from the provider: where the payment stands is asked at once, whatever rings."""

from __future__ import annotations

import msgspec

from microblog_core.domain.ledger import OPEN
from microblog_core.domain.memberships import Membership
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import PaidPage
from microblog_core.services.payments.asking import logger
from microblog_core.services.payments.reading import read_membership, read_payment
from microblog_core.services.payments.settling import settle_membership, settle_payment


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes back: from paying this payment, or a membership."""

    id: int


@authorised("payments.write")
@rate_limited("payment_returns", limit=60, per=600)
async def return_to_payment(ports: Ports, actor: Actor, command: Returned) -> PaidPage:
    """A payment as it stands at its gateway now, if that can be asked; else as it is known here. Raises
    `NotFound`.
    """
    paid = await read_payment(ports, actor, command.id)
    if paid.payment.state not in OPEN:
        return paid
    try:
        await settle_payment(ports, paid.payment.id, cause="request")
    except Exception as error:
        logger.warning("Payment %s can't be asked about now: %s", paid.payment.id, error)
    return await read_payment(ports, actor, command.id)


@authorised("payments.write")
@rate_limited("payment_returns", limit=60, per=600)
async def return_to_membership(ports: Ports, actor: Actor, command: Returned) -> Membership:
    """The same for a membership."""
    membership = await read_membership(ports, actor, command.id)
    if not membership.live:
        return membership
    try:
        return await settle_membership(ports, membership.id, cause="request")
    except Exception as error:
        logger.warning("Membership %s can't be asked about now: %s", membership.id, error)
    return await read_membership(ports, actor, command.id)
