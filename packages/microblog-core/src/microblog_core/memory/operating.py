"""Figures for operators, from memory."""

from __future__ import annotations

from microblog_core.domain.reports import ReportState
from microblog_core.memory.tables import Tables
from microblog_core.ports.operating import FIGURES_MOST, StorageFigures


class OperatingReads:
    """A `ports.operating.OperatingReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def figures(self) -> StorageFigures:
        """All of them at once."""
        waiting = sum(1 for each in self._tables.reports.rows.values() if each.state is ReportState.OPEN)
        return StorageFigures(reports_open=min(waiting, FIGURES_MOST))
