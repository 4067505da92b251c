"""A gateway for one currency; the configuration says that the site uses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping

from microblog_core import hookspecs
from microblog_core.config_payments import PaymentsConfig
from microblog_core.contributions import GatewayFactory, Manifest
from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.payments import Notice, PaymentRequest, PaymentState, PaymentStatus
from microblog_core.plugins import implements
from microblog_core.ports.gateways import Gateway
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="coins")


class Coins:
    """A `Gateway`; `microblog_core.testing.gateways` says whether a real one keeps the contract."""

    name = "coins"

    def __init__(self) -> None:
        self._begun: dict[str, PaymentStatus] = {}

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        status = PaymentStatus(
            gateway=self.name,
            gateway_id=key,
            reference=request.reference,
            state=PaymentState.PENDING,
            amount=request.amount,
            redirect_url=f"https://coins.example/pay/{key}",
        )
        return self._begun.setdefault(key, status)

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        raise Conflict("Coins are taken at once.", guard="state")

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        raise Conflict("Coins can't be called back.", guard="state")

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        raise Conflict("Coins are not given back.", guard="state")

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        if gateway_id not in self._begun:
            raise NotFound("There is no such payment.")
        return self._begun[gateway_id]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice | None:
        raise Forbidden("Coins send no webhooks.")


@implements(hookspecs.register_gateways)
def gateways(site: Site) -> Iterable[GatewayFactory]:
    return [GatewayFactory(name="coins", make=Coins, currencies=frozenset({"EUR"}))]


async def main() -> None:
    payments = PaymentsConfig(gateways=("coins",))
    async with site_with({"coins": sys.modules[__name__]}, payments=payments) as site:
        assert site.gateways.route("EUR").gateways == ("coins",)
        assert site.gateways.route("JPY").gateways == ()
        gateway: Gateway = site.gateways.get("coins")
        assert gateway is site.gateways.get("coins")


if __name__ == "__main__":
    asyncio.run(main())
