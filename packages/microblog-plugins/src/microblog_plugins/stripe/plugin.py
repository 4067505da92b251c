"""The plugin `stripe`: takes tips and memberships on Stripe's pages.

Import-light: Stripe's library loads when the gateway is first used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import GatewayFactory, Manifest
from microblog_core.domain.payments import DISPUTES, PARTIAL_REFUNDS, REFUNDS, SUBSCRIPTIONS
from microblog_core.plugins.marks import implements
from microblog_plugins.stripe.settings import StripeSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.stripe.calls import Calls
    from microblog_plugins.stripe.gateway import StripeGateway

PLUGIN = Manifest(
    name="stripe",
    summary="Payments with Stripe. Does nothing without plugins.stripe.secret_key.",
    settings=StripeSettings,
)
CAPABILITIES = frozenset({REFUNDS, PARTIAL_REFUNDS, SUBSCRIPTIONS, DISPUTES})


@implements(hookspecs.register_gateways)
def register_gateways(site: Site) -> Iterable[GatewayFactory]:
    """The gateway `stripe`, where there is a key. Raises `ConfigurationError`."""
    settings = site.settings("stripe")
    if not isinstance(settings, StripeSettings) or not settings.secret_key:
        return ()
    check_settings(settings)

    def open_calls() -> Calls:
        from microblog_plugins.stripe.calls import Calls

        return Calls(settings)

    calls = site.resources.add("stripe.calls", open_calls, lambda made: made.close())

    def make() -> StripeGateway:
        from microblog_plugins.stripe.gateway import StripeGateway

        return StripeGateway(calls, settings.webhook_secret)

    factory = GatewayFactory(
        name="stripe",
        make=make,
        currencies=frozenset(settings.currencies),
        capabilities=CAPABILITIES,
        priority=settings.priority,
    )
    return (factory,)
