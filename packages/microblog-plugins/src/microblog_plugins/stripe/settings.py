"""The settings of the plugin `stripe`."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.money import is_currency
from microblog_core.plugins.settings import Secret


class StripeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.stripe]`. Without a `secret_key` the plugin does nothing."""

    secret_key: Secret = Secret("")
    """The key: `sk_...`, or a restricted one, `rk_...`."""
    webhook_secret: Secret = Secret("")
    """The one of the webhook endpoint, `whsec_...`."""
    currencies: tuple[str, ...] = ()
    """The currencies that Stripe is asked to take; empty: all that it can."""
    priority: int = 0
    """Among gateways for the same currency the one with the higher number is tried first."""
    seconds: float = 15.0
    """How long one call may take (seconds; up to 60)."""
    at_once: int = 8
    """How many calls there are at a time, 1 to 100."""
    api_base: str = ""
    """Another address than Stripe's own, for tests and proxies."""


def check_settings(settings: StripeSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "secret_key": settings.secret_key.reveal().startswith(("sk_", "rk_")),
        "webhook_secret": settings.webhook_secret.reveal().startswith("whsec_"),
        "currencies": all(is_currency(each) for each in settings.currencies),
        "seconds": 0 < settings.seconds <= 60,
        "at_once": 1 <= settings.at_once <= 100,
        "api_base": settings.api_base == "" or _is_address(settings.api_base),
    }
    for name, right in good.items():
        if not right:
            raise ConfigurationError(
                f"plugins.stripe.{name} is not what it may be.", hint="The README of the plugin says that."
            )


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not text.endswith("/")
