"""Reading reports, for moderators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.reports import ReportEntry, ReportState
from microblog_core.domain.timelines import Listing, Page


class ReportReader(Protocol):
    """What people reported."""

    async def get(self, report_id: int) -> ReportEntry | None:
        """One report."""
        ...

    async def page(self, state: ReportState | None, page: Page) -> Listing[ReportEntry]:
        """Reports in a state (all for None), newest first."""
        ...

    async def assigned(self, moderator_id: int, page: Page) -> Listing[ReportEntry]:
        """Open reports that a moderator has taken, newest first."""
        ...

    async def about(self, target_id: int, page: Page) -> Listing[ReportEntry]:
        """All reports about an account, newest first."""
        ...

    async def reportable(self, viewer: int, target_id: int, post_ids: Sequence[int]) -> frozenset[int]:
        """Those of these ids that are posts or boosts of the target's which the viewer may see."""
        ...
