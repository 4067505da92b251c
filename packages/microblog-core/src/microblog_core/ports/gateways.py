"""Payment gateways: what a provider must be able to do for core to take money through it.

Payers always pay on the provider's own page, so that no card ever touches a site: `begin` says where they go.
Every call that changes something carries an idempotency `key` of at most 44 characters (letters, digits,
`-`): the same key is the same act, however often it is asked for, and gets where that stands now. That is
also how an answer that was lost is asked for again: so a gateway gives the key to its provider and keeps
nothing itself.

What a gateway raises decides what core does next:

- `Unavailable`: surely nothing was begun (it wasn't reached, or said so). Core tries the next gateway.
- `Declined`: the provider refuses this payment, and nothing was begun. Core tries the next gateway too.
- `Conflict`: it can't be done where the payment stands (a refund of more than is left).
- `NotFound`: the provider knows no such payment.
- anything else, a `TimeoutError` after sending for example: nobody knows. The payment stays where it is,
  nothing else is tried, and the reconciler asks again with the same key.

A webhook is a doorbell: it is verified and believed in nothing but that something happened. What happened,
core fetches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import (
    Notice,
    PaymentRequest,
    PaymentStatus,
    Product,
    SubscriptionRequest,
    SubscriptionStatus,
)
from microblog_core.domain.routes import PaymentRules, Route


class Gateway(Protocol):
    """Takes money through one provider. `name` is that of its factory.

    Its capabilities are in the factory (`contributions.GatewayFactory`): `refund` is called on those with
    `refunds` alone, with a part of the amount on those with `partial_refunds` alone, `capture` on those with
    `capture` alone.
    """

    name: str

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Start a payment; the status says where to send the payer. The same key gets the same payment, as it
        stands now. Raises `Unavailable`, `Declined`.
        """
        ...

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Take what was authorised. Raises `Conflict`, `NotFound`, `Unavailable`."""
        ...

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Give up a payment that was not captured: nobody can pay it any more. Raises `Conflict` where it was
        captured, `NotFound`, `Unavailable`.
        """
        ...

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units of what was captured. Raises `Conflict` where that is more than is left,
        `NotFound`, `Unavailable`.
        """
        ...

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """What the provider says now. Raises `NotFound`, `Unavailable`."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice | None:
        """Verify a webhook by its signature and age and read it; None where it is genuine and tells of
        nothing that core keeps.

        `headers` have names in lower case, `body` is what came, byte for byte, `now` is Unix milliseconds.
        Raises `Forbidden` for anything that isn't proven, or signed more than `STALE_MILLISECONDS` before or
        after `now`. Never asks anybody: it is called before anything is stored.
        """
        ...


@runtime_checkable
class SubscriptionGateway(Gateway, Protocol):
    """A gateway with the capability `subscriptions`: charges again every month or year by itself."""

    async def subscribe(self, request: SubscriptionRequest, *, key: str) -> SubscriptionStatus:
        """Start a subscription; the status says where to send the payer. As `begin` in everything else."""
        ...

    async def end_subscription(self, gateway_id: str, *, at_period_end: bool, key: str) -> SubscriptionStatus:
        """Charge no more. With `at_period_end` it is over when what was paid is over, else at once; nothing
        is given back. One that is over already stays so. Raises `NotFound`, `Unavailable`.
        """
        ...

    async def fetch_subscription(self, gateway_id: str) -> SubscriptionStatus:
        """What the provider says now, with the payments of its periods. Raises `NotFound`, `Unavailable`."""
        ...


class Gateways(Protocol):
    """The gateways of a site, as use cases see them."""

    @property
    def rules(self) -> PaymentRules:
        """What the configuration says."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The gateways that the site uses."""
        ...

    def route(self, currency: str, country: str = "", product: Product = Product.TIP) -> Route:
        """The gateways that take this, in the order in which they are tried, and why."""
        ...

    def capabilities(self, name: str) -> frozenset[str]:
        """What a gateway can do; nothing for one that isn't there."""
        ...

    def get(self, name: str) -> Gateway:
        """The gateway of this name. Raises `NotFound`, and what its factory raises."""
        ...

    def refused(self, name: str, reason: str) -> None:
        """Count a webhook that was refused: of which gateway (`unknown` for none of ours), and why."""
        ...


class NoGateways:
    """A site that takes no money."""

    rules = PaymentRules()
    names: tuple[str, ...] = ()

    def route(self, currency: str, country: str = "", product: Product = Product.TIP) -> Route:
        """None takes it."""
        return Route(explanation=("payments.gateways is empty: this site takes no money",))

    def capabilities(self, name: str) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def get(self, name: str) -> Gateway:
        """There is none. Raises `NotFound`."""
        raise NotFound(f"There is no payment gateway {name!r}.")

    def refused(self, name: str, reason: str) -> None:
        """Nobody counts."""
