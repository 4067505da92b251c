"""Word for other processes of what was committed."""

from __future__ import annotations

from typing import ClassVar

from microblog_core.ports.operations.base import Operation


class Signal(Operation, frozen=True, kw_only=True):
    """Tell the other processes on this storage of an event, `event` being its JSON (`events.encode_event`).

    The unit of work adds these by itself where the storage has the capability.
    """

    needs: ClassVar[str] = "signals"
    event: bytes
