"""Figures for operators, from memory."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.reports import ReportState
from microblog_core.memory.tables import Tables
from microblog_core.ports.operating import FIGURES_MOST, StorageFigures


class OperatingReads:
    """A `ports.operating.OperatingReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def figures(self) -> StorageFigures:
        """All of them at once."""
        reports = sum(1 for each in self._tables.reports.rows.values() if each.state is ReportState.OPEN)
        people = sum(1 for each in self._tables.accounts.rows.values() if each.state is AccountState.PENDING)
        return StorageFigures(reports_open=min(reports, FIGURES_MOST), waiting=min(people, FIGURES_MOST))
