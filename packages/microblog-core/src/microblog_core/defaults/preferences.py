"""The routing rule of whoever asks for no other: the channels that the reader wants this kind of event on."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.notifications import Message


class PreferenceRule:
    """Follows preferences; says nothing where no channel has any."""

    def route(self, message: Message, channels: Sequence[str]) -> Sequence[str] | None:
        """The channels on which the reader wants this, sooner or later."""
        wanted = [name for name in channels if message.frequencies.get(name, Frequency.NEVER) != "never"]
        return wanted or None
