"""The payer comes back from the provider: where the payment stands is asked at once, not only by the webhook.

Also here: what the sandbox's page shows, and what its buttons do.
"""

from __future__ import annotations

import msgspec

from microblog_core.defaults.sandbox import Checkout, Decision, SandboxGateway
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ledger import OPEN
from microblog_core.domain.memberships import Membership
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import PaidPage
from microblog_core.services.payments.asking import logger
from microblog_core.services.payments.reading import read_membership, read_payment
from microblog_core.services.payments.settling import settle_membership, settle_payment
from microblog_core.services.payments.webhooks import receive_webhook


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes back: from paying this payment, or a membership."""

    id: int


class Decide(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer clicks on the sandbox's page."""

    gateway_id: str
    decision: Decision


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


def _sandbox(ports: Ports) -> SandboxGateway:
    """The site's sandbox. Raises `NotFound` where it uses none."""
    gateway = ports.gateways.get("sandbox") if "sandbox" in ports.gateways.names else None
    if not isinstance(gateway, SandboxGateway):
        raise NotFound("This site has no sandbox.")
    return gateway


async def read_checkout(ports: Ports, gateway_id: str) -> Checkout:
    """What the sandbox's page shows: `begun` says what is asked for. Whoever has the address may see it, as
    at any provider. Raises `NotFound`.
    """
    return await _sandbox(ports).checkout(gateway_id)


async def decide_in_sandbox(ports: Ports, command: Decide) -> str:
    """What the payer clicked happens, with its webhook; the address at which they go on. Raises
    `NotFound`.
    """
    sandbox = _sandbox(ports)
    checkout = await sandbox.checkout(command.gateway_id)
    await sandbox.decide(command.gateway_id, command.decision)
    webhook = await sandbox.webhook(command.gateway_id)
    if webhook is not None:
        await receive_webhook(ports, sandbox.name, *webhook)
    return checkout.begun.return_url if command.decision is Decision.PAY else checkout.begun.cancel_url
