"""The plugin `razorpay`: takes tips on Razorpay's pages.

Import-light: Razorpay's library loads when the gateway is first used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import GatewayFactory, Manifest
from microblog_core.domain.payments import CAPTURE, PARTIAL_REFUNDS, REFUNDS
from microblog_core.plugins.marks import implements
from microblog_plugins.razorpay.settings import RazorpaySettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.razorpay.calls import Calls
    from microblog_plugins.razorpay.gateway import RazorpayGateway

PLUGIN = Manifest(
    name="razorpay",
    summary="Payments with Razorpay. Does nothing without plugins.razorpay.key_id.",
    settings=RazorpaySettings,
)
CAPABILITIES = frozenset({REFUNDS, PARTIAL_REFUNDS, CAPTURE})


@implements(hookspecs.register_gateways)
def register_gateways(site: Site) -> Iterable[GatewayFactory]:
    """The gateway `razorpay`, where there is a key. Raises `ConfigurationError`."""
    settings = site.settings("razorpay")
    if not isinstance(settings, RazorpaySettings) or not settings.key_id:
        return ()
    check_settings(settings)

    def open_calls() -> Calls:
        from microblog_plugins.razorpay.calls import Calls

        return Calls(settings)

    calls = site.resources.add("razorpay.calls", open_calls, lambda made: made.close())

    def make() -> RazorpayGateway:
        from microblog_plugins.razorpay.gateway import RazorpayGateway

        return RazorpayGateway(calls, settings.webhook_secret, site.ports.clock)

    factory = GatewayFactory(
        name="razorpay",
        make=make,
        currencies=frozenset(settings.currencies),
        capabilities=CAPABILITIES,
        priority=settings.priority,
    )
    return (factory,)
