"""The settings of the plugin `totp`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError


class TotpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.totp]`. It works without any."""

    issuer: str = ""
    """What apps call the site, at most 60 characters; its title where empty."""


def check_settings(settings: TotpSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    if len(settings.issuer) > 60 or not settings.issuer.isprintable() or ":" in settings.issuer:
        raise ConfigurationError(
            "plugins.totp.issuer can't be shown by apps.",
            hint="Use at most 60 characters on one line, without a colon.",
        )
