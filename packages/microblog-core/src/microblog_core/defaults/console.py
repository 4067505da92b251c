"""The console channel: writes messages to the log. For trying things out, and the example to copy for a real
one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from microblog_core.defaults.preferences import PreferenceRule
from microblog_core.domain.notifications import Message

logger = logging.getLogger("microblog.console")


class ConsoleChannel:
    """Writes each message as one line of the log."""

    name = "console"

    async def deliver(self, message: Message, *, key: str) -> None:
        """Write it; there is no way to fail."""
        logger.info("message %s for account %s: %s", key, message.account_id, message.subject)


class ConsoleRule:
    """Sends everything to the console channel, where that is switched on, besides what preferences choose."""

    def route(self, message: Message, channels: Sequence[str]) -> Sequence[str] | None:
        """The console, if it is there, and what the reader wants."""
        if "console" not in channels:
            return None
        return ("console", *(PreferenceRule().route(message, channels) or ()))
