"""The settings of the plugin `apikeys`."""

from __future__ import annotations

import msgspec

from microblog_core.plugins.settings import check_ranges


class ApiKeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.apikeys]`. It works without any."""

    most: int = 20
    """How many keys a person may have, 1 to 100."""
    longest_days: int = 0
    """How long a key lasts at most (days; up to 3650); 0 lets people have keys without an end."""


def check_settings(settings: ApiKeySettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {"most": 1 <= settings.most <= 100, "longest_days": 0 <= settings.longest_days <= 3650}
    check_ranges("apikeys", good)
