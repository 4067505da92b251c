"""The settings of the plugin `webhooks`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.webhooks]`. It works without any.

    With `site_events` the site's own targets (`microblog webhooks add`) are told of public events; without,
    nothing is queued for them. One request may take `seconds`, and to one host there are `at_once` at a time.
    One that fails is left alone for `rest_seconds`. `ca_file` names a file with certificates to
    trust besides the system's.
    """

    site_events: bool = False
    seconds: float = 10.0
    at_once: int = 4
    rest_seconds: float = 30.0
    ca_file: str = ""


def check_settings(settings: WebhookSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "seconds": 0 < settings.seconds <= 25,
        "at_once": 1 <= settings.at_once <= 100,
        "rest_seconds": 0 <= settings.rest_seconds <= 3600,
    }
    for name, right in good.items():
        if not right:
            raise ConfigurationError(
                f"plugins.webhooks.{name} is out of range.",
                hint="The README of the plugin says what it may be.",
            )
