"""The settings of the plugin `webhooks`."""

from __future__ import annotations

import msgspec

from microblog_core.plugins.settings import check_ranges


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.webhooks]`. It works without any."""

    site_events: bool = False
    """Whether the site's own targets (`microblog webhooks add`) are told of public events."""
    seconds: float = 10.0
    """How long one request may take (seconds; up to 25)."""
    at_once: int = 4
    """How many requests there are to one host at a time, 1 to 100."""
    rest_seconds: float = 30.0
    """How long a host that fails is left alone (seconds; up to 3600)."""
    ca_file: str = ""
    """A file with certificates to trust besides the system's."""


def check_settings(settings: WebhookSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "seconds": 0 < settings.seconds <= 25,
        "at_once": 1 <= settings.at_once <= 100,
        "rest_seconds": 0 <= settings.rest_seconds <= 3600,
    }
    check_ranges("webhooks", good)
