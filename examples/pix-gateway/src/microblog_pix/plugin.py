"""The plugin `pix`: takes tips in BRL, before gateways that take every currency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from microblog_core.contributions import GatewayFactory, Manifest
from microblog_core.domain.payments import PARTIAL_REFUNDS, REFUNDS
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins.settings import Secret

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_pix.gateway import PixGateway


class PixSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.pix]`. Without an `address` the plugin does nothing."""

    address: str = ""
    """Where the bank's API is."""
    token: Secret = Secret("")
    """What the bank gave to be called with."""
    webhook_secret: Secret = Secret("")
    """What the bank signs its webhooks with."""
    seconds: float = 10.0
    """How long one call may take (seconds)."""


PLUGIN = Manifest(
    name="pix",
    version="0.1.0",
    summary="Tips in reais by Pix. Does nothing without plugins.pix.address.",
    settings=PixSettings,
)
CAPABILITIES = frozenset({REFUNDS, PARTIAL_REFUNDS})


@hookimpl
def register_gateways(site: Site) -> Iterable[GatewayFactory]:
    """The gateway `pix`, where the bank is known."""
    settings = site.settings("pix")
    if not isinstance(settings, PixSettings) or not settings.address:
        return ()

    def make() -> PixGateway:
        from microblog_pix.gateway import PixGateway

        return PixGateway(settings)

    factory = GatewayFactory(
        name="pix", make=make, currencies=frozenset({"BRL"}), capabilities=CAPABILITIES, priority=10
    )
    return (factory,)
