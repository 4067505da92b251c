"""The settings of the plugin `spam`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError

REPEAT_MAX = 7 * 24 * 3600


class SpamSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.spam]`. Each rule is off until it is set.

    `words` are words and phrases that no post may have, `domains` hosts that none may link to, with all below
    them. `links`, `mentions` and `tags` are how many one post may have at most (0: any number). The same text
    by the same person is refused for `repeat_seconds`, links in the first `new_account_hours` of an account.
    """

    words: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    links: int = 0
    mentions: int = 0
    tags: int = 0
    repeat_seconds: float = 0
    new_account_hours: float = 0


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
