"""The settings of the plugin `media`."""

from __future__ import annotations

import msgspec


class MediaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.media]`. It works without any."""

    concurrency: int = 2
    """How many files are at work at the same time."""
    seconds: float = 30.0
    """How long one file may take (seconds)."""
    memory: int = 1 << 30
    """How much memory one file may take (bytes)."""
