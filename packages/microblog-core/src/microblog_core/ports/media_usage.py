"""Reading how much room uploads take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.media_usage import MediaUsage, PersonUsage, UploadedDay


class MediaUsageReader(Protocol):
    """Figures for operators; each costs the same however much there is, but for `days`."""

    async def total(self) -> MediaUsage:
        """What there is altogether."""
        ...

    async def of(self, account_id: int) -> tuple[int, int]:
        """How many files somebody has, and how many bytes they take."""
        ...

    async def largest(self, *, limit: int, offset: int = 0) -> Sequence[PersonUsage]:
        """Who uses most, the most first; those whose account is deleted are among them."""
        ...

    async def days(self, since: int) -> Sequence[UploadedDay]:
        """What was uploaded since a moment (Unix milliseconds) and is still there, by day, oldest first; days
        without anything are left out.
        """
        ...
