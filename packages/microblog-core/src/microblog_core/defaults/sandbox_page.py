"""What the sandbox's page shows, and what its buttons do. The page itself belongs to a surface."""

from __future__ import annotations

import msgspec

from microblog_core.defaults.sandbox import Checkout, Decision, SandboxGateway
from microblog_core.domain.errors import NotFound
from microblog_core.ports.context import Ports
from microblog_core.services.payments.webhooks import receive_webhook


class Decide(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer clicks on the sandbox's page."""

    gateway_id: str
    decision: Decision


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
