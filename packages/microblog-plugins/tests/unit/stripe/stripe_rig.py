"""The gateway with the provider's side of it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from microblog_core.patterns.resources import Resources
from microblog_core.plugins.settings import Secret
from microblog_core.testing.builder import NOON
from microblog_core.testing.gateways import Webhook
from microblog_plugins.stripe.calls import Calls
from microblog_plugins.stripe.gateway import StripeGateway
from microblog_plugins.stripe.plugin import CAPABILITIES
from microblog_plugins.stripe.settings import StripeSettings
from microblog_plugins.testing.providers import StripeProvider

DAY = 24 * 3600


class StripeRig:
    """A `SubscriptionRig`. Time stands still at the provider until somebody turns it."""

    capabilities = CAPABILITIES

    def __init__(self, currency: str = "EUR", **settings: Any) -> None:
        self.currency = currency
        self.provider = StripeProvider(clock=lambda: NOON)
        self._settings = {"secret_key": Secret(self.provider.secret_key), "seconds": 30.0, **settings}
        self._resources = Resources()

    async def __aenter__(self) -> Self:
        self.provider.start()
        settings = StripeSettings(
            webhook_secret=Secret(self.provider.webhook_secret),
            **{"api_base": self.provider.url, **self._settings},
        )
        calls = self._resources.add("stripe.calls", lambda: Calls(settings), lambda made: made.close())
        self.gateway: StripeGateway = StripeGateway(calls, settings.webhook_secret)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.close()
        self.provider.stop()

    def now(self) -> int:
        return self.provider.now()

    async def pay(self, gateway_id: str) -> None:
        self.provider.pay(gateway_id)

    async def renew(self, gateway_id: str) -> None:
        self.provider.advance(31 * DAY)

    async def webhook(self, gateway_id: str, *, at: int, forged: bool = False) -> Webhook:
        return self.provider.webhook(gateway_id, at=at, forged=forged)
