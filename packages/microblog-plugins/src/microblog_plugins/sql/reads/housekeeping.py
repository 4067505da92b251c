"""What has had its time."""

from __future__ import annotations

from microblog_core.ports.operations.housekeeping import Expired
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.writes.housekeeping import ended


class ExpiredReads(Reader):
    """The contract's `ExpiredReader`."""

    @reads
    def count(self, what: Expired, before: int, limit: int) -> Steps[int]:
        """How many ended before a moment, counted up to `limit`."""
        values = {"before": before, "limit": limit}
        rows = yield f"SELECT COUNT(*) FROM ({ended(what, '1')}) AS page", values
        return int(rows[0][0])
