"""The settings of the plugin `webpush`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError


class WebPushSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.webpush]`. It works without any."""

    contact: str = ""
    """How push services reach the operator: `mailto:ops@example.org` or an `https:` address; empty: the
    site's own.
    """
    ttl_seconds: int = 48 * 3600
    """How long a push service keeps a push that it can't deliver, and we try to (seconds; up to 28 days)."""
    seconds: float = 10.0
    """How long one request may take (seconds; up to 25)."""
    at_once: int = 8
    """How many requests there are to one host at a time, 1 to 100."""
    rest_seconds: float = 30.0
    """How long a host that fails is left alone (seconds; up to 3600)."""
    ca_file: str = ""
    """A file with certificates to trust besides the system's."""


def check_settings(settings: WebPushSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "contact": settings.contact == "" or settings.contact.startswith(("mailto:", "https:")),
        "ttl_seconds": 0 <= settings.ttl_seconds <= 28 * 24 * 3600,
        "seconds": 0 < settings.seconds <= 25,
        "at_once": 1 <= settings.at_once <= 100,
        "rest_seconds": 0 <= settings.rest_seconds <= 3600,
    }
    for name, right in good.items():
        if not right:
            raise ConfigurationError(
                f"plugins.webpush.{name} is not what it may be.", hint="The README of the plugin says that."
            )
