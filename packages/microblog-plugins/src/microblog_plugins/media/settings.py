"""The settings of the plugin `media`."""

from __future__ import annotations

import msgspec


class MediaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.media]`: files at work at the same time, seconds and bytes of memory that one may take."""

    concurrency: int = 2
    seconds: float = 30.0
    memory: int = 1 << 30
