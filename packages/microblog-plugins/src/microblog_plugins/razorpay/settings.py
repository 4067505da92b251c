"""The settings of the plugin `razorpay`."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.money import is_currency
from microblog_core.plugins.settings import Secret


class RazorpaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.razorpay]`. Without a `key_id` the plugin does nothing."""

    key_id: str = ""
    """The id of the key, `rzp_...`."""
    key_secret: Secret = Secret("")
    """What belongs to the key."""
    webhook_secret: Secret = Secret("")
    """The one that was set for the webhook."""
    currencies: tuple[str, ...] = ("INR",)
    """The currencies that the account takes."""
    priority: int = 0
    """Among gateways for the same currency the one with the higher number is tried first."""
    seconds: float = 15.0
    """How long one call may take (seconds; up to 60)."""
    at_once: int = 8
    """How many calls there are at a time, 1 to 100."""
    api_base: str = ""
    """Another address than Razorpay's own, for tests and proxies."""


def check_settings(settings: RazorpaySettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "key_id": settings.key_id.startswith("rzp_"),
        "key_secret": bool(settings.key_secret),
        "webhook_secret": bool(settings.webhook_secret),
        "currencies": bool(settings.currencies) and all(is_currency(each) for each in settings.currencies),
        "seconds": 0 < settings.seconds <= 60,
        "at_once": 1 <= settings.at_once <= 100,
        "api_base": settings.api_base == "" or _is_address(settings.api_base),
    }
    for name, right in good.items():
        if not right:
            raise ConfigurationError(
                f"plugins.razorpay.{name} is not what it may be.", hint="The README of the plugin says that."
            )


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not text.endswith("/")
