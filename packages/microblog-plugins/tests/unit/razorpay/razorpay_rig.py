"""The gateway with the provider's side of it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from microblog_core.patterns.resources import Resources
from microblog_core.plugins.settings import Secret
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.gateways import Webhook
from microblog_plugins.razorpay.calls import Calls
from microblog_plugins.razorpay.gateway import RazorpayGateway
from microblog_plugins.razorpay.plugin import CAPABILITIES
from microblog_plugins.razorpay.settings import RazorpaySettings
from microblog_plugins.testing.providers import Outcome, RazorpayProvider


class RazorpayRig:
    """A `Rig`. Time stands still until somebody turns it."""

    capabilities = CAPABILITIES

    def __init__(self, currency: str = "INR", outcome: str = Outcome.PAID, **settings: Any) -> None:
        self.currency, self.outcome = currency, outcome
        self.clock = FrozenClock()
        self.provider = RazorpayProvider(clock=self.clock.now)
        secret = Secret(self.provider.key_secret)
        self._settings = {"key_id": self.provider.key_id, "key_secret": secret, "seconds": 30.0, **settings}
        self._resources = Resources()

    async def __aenter__(self) -> Self:
        self.provider.start()
        settings = RazorpaySettings(
            webhook_secret=Secret(self.provider.webhook_secret),
            **{"api_base": self.provider.url, **self._settings},
        )
        calls = self._resources.add("razorpay.calls", lambda: Calls(settings), lambda made: made.close())
        self.gateway: RazorpayGateway = RazorpayGateway(calls, settings.webhook_secret, self.clock)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.close()
        self.provider.stop()

    def now(self) -> int:
        return self.clock.now()

    async def pay(self, gateway_id: str) -> None:
        self.provider.pay(gateway_id, self.outcome)

    async def webhook(self, gateway_id: str, *, at: int, forged: bool = False) -> Webhook:
        return self.provider.webhook(gateway_id, at=at, forged=forged)
