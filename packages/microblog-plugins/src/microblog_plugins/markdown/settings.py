"""The settings of the plugin `markdown`."""

from __future__ import annotations

import msgspec


class MarkdownSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.markdown]`. Nothing changes for a site until it says `enabled = true`."""

    enabled: bool = False
    """Whether what people write is Markdown."""
