"""The settings of the plugin `razorpay`."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.money import is_currency
from microblog_core.plugins.settings import Secret


class RazorpaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.razorpay]`. Without a `key_id` the plugin does nothing.

    `key_id` is `rzp_...` and `key_secret` what belongs to it; `webhook_secret` is the one that was set for
    the webhook. `currencies` are those that the account takes. Among gateways for the same currency a higher
    `priority` is tried first. One call may take `seconds`, and there are `at_once` at a time. `api_base` is
    another address than Razorpay's own, for tests and proxies.
    """

    key_id: str = ""
    key_secret: Secret = Secret("")
    webhook_secret: Secret = Secret("")
    currencies: tuple[str, ...] = ("INR",)
    priority: int = 0
    seconds: float = 15.0
    at_once: int = 8
    api_base: str = ""


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
