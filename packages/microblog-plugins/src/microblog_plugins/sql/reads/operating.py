"""Figures for operators."""

from __future__ import annotations

from microblog_core.ports.operating import FIGURES_MOST, StorageFigures
from microblog_plugins.sql.steps import Reader, Steps, reads

FIGURES = (
    "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM reports WHERE state = 'open' LIMIT :most) AS page),"
    " (SELECT COUNT(*) FROM (SELECT 1 FROM accounts WHERE state = 'pending' LIMIT :most) AS page), {size}"
)


class OperatingReads(Reader):
    """The contract's `OperatingReader`."""

    @reads
    def figures(self) -> Steps[StorageFigures]:
        """All of them at once."""
        rows = yield FIGURES.format(size=self._dialect.database_size), {"most": FIGURES_MOST}
        return StorageFigures(reports_open=int(rows[0][0]), waiting=int(rows[0][1]), size=int(rows[0][2]))
