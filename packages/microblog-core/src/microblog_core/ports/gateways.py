"""Payment gateways. Every call carries an idempotency `key`; a webhook is verified or it is not believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from microblog_core.domain.payments import PaymentRequest, PaymentStatus


class Gateway(Protocol):
    """Takes money through one provider. All methods raise `Unavailable` when the provider does not answer."""

    name: str

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Start a payment; the status says where to send the payer."""
        ...

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Take what was authorised."""
        ...

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Give up a payment that was not captured."""
        ...

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units of what was captured."""
        ...

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """What the provider says now. Raises `NotFound`."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentStatus:
        """Verify a webhook by its signature and age and read it. Raises `Forbidden` for anything not
        proven.
        """
        ...
