"""The settings of the plugin `webpush`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError


class WebPushSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.webpush]`. It works without any.

    `contact` is how push services reach the operator: `mailto:ops@example.org` or an `https:` address; empty:
    the site's own. A push that can't be delivered is kept for `ttl_seconds` by the push
    service, and tried for no longer by us. One request
    may take `seconds`, and to one host there are `at_once` at a time. One that
    fails is left alone for `rest_seconds`. `ca_file` names a file with
    certificates to trust besides the system's.
    """

    contact: str = ""
    ttl_seconds: int = 48 * 3600
    seconds: float = 10.0
    at_once: int = 8
    rest_seconds: float = 30.0
    ca_file: str = ""


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
