"""The settings of the plugin `spam`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError

REPEAT_MAX = 7 * 24 * 3600


class SpamSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.spam]`. Each rule is off until it is set."""

    words: tuple[str, ...] = ()
    """Words and phrases that no post may have."""
    domains: tuple[str, ...] = ()
    """Hosts that no post may link to, with all below them."""
    links: int = 0
    """How many links a post may have; 0: any number."""
    mentions: int = 0
    """How many people a post may mention; 0: any number."""
    tags: int = 0
    """How many hashtags a post may have; 0: any number."""
    repeat_seconds: float = 0
    """How long the same text by the same person is refused (seconds; up to a week)."""
    new_account_hours: float = 0
    """How long after its beginning an account may not link anywhere (hours)."""


def check_settings(settings: SpamSettings) -> None:
    """Raises `ConfigurationError` for what can't be meant."""
    for name in ("links", "mentions", "tags", "repeat_seconds", "new_account_hours"):
        if getattr(settings, name) < 0:
            raise ConfigurationError(
                f"plugins.spam.{name} is negative.", hint="Use 0 for no limit, or a larger number."
            )
    if settings.repeat_seconds > REPEAT_MAX:
        raise ConfigurationError(
            "plugins.spam.repeat_seconds is longer than a week.", hint=f"Use at most {REPEAT_MAX}."
        )
