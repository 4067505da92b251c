"""How the kinds of jobs stand: for each one, everything is a short range of an index."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.jobs import HOUR, HourTally, JobTally, Measure
from microblog_core.ports.queue import COUNTED, JobCount, KindOverview
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Reader, Steps, reads

# Each step looks up the kind that comes next, so that a million jobs of one kind are one step.
_KINDS = (
    "WITH RECURSIVE k(kind) AS (SELECT MIN(x.kind) FROM jobs x"
    " UNION ALL"
    " SELECT (SELECT MIN(x.kind) FROM jobs x WHERE x.kind > k.kind) FROM k WHERE k.kind IS NOT NULL)"
    " SELECT kind FROM k WHERE kind IS NOT NULL"
)


_ALIVE = "x.kind = unpacked.value AND x.state <> 'dead'"
_DEAD = "x.kind = unpacked.value AND x.state = 'dead'"


def _counted(rows: str, only: str = "1 = 1") -> str:
    """How many rows there are, as far as it is counted, and how many of those are `only` such ones."""
    return f"(SELECT COUNT(*) FROM ({rows} LIMIT {COUNTED + 1}) AS page WHERE {only})"


@functools.cache
def _overview(dialect: Dialect) -> str:
    alive = f"FROM jobs x{dialect.indexed('jobs_kind')} WHERE {_ALIVE}"
    dead = f"SELECT 1 FROM jobs x{dialect.indexed('jobs_dead_kind')} WHERE {_DEAD}"
    due = f"SELECT 1 {alive} AND x.ready_at <= :now"
    # What is leased comes first of what may be begun later: leases are short.
    later = f"SELECT x.state {alive} AND x.ready_at > :now ORDER BY x.ready_at"
    queued, leased = (_counted(later, f"page.state = '{state}'") for state in ("queued", "leased"))
    return (
        f"SELECT unpacked.value, {_counted(due)}, {queued}, {leased}, {_counted(dead)},"
        f" (SELECT MIN(x.ready_at) {alive}) FROM {dialect.unpacked('kinds', 'TEXT')}"
    )


_TALLIES = "SELECT slot, kind, measure, bucket, count FROM job_tallies WHERE slot >= :since"
_HOURS = (
    f"SELECT slot - slot % {HOUR} AS hour, measure, SUM(count) FROM job_tallies WHERE slot >= :since"
    " GROUP BY hour, measure"
)
_COUNT = "SELECT kind, state, COUNT(*), MIN(due_at) FROM jobs GROUP BY kind, state ORDER BY kind, state"


class Figures(Reader):
    """What operators read of the queue as a whole."""

    @reads
    def overview(self, now: int) -> Steps[Sequence[KindOverview]]:
        """How the kinds stand of which there are jobs, by name."""
        kinds = sorted(row[0] for row in (yield _KINDS, {}))
        rows = yield _overview(self._dialect), {"now": now, "kinds": self._dialect.texts(kinds)}
        names = "kind due scheduled running dead next_at".split()
        found = {row[0]: KindOverview(**dict(zip(names, row, strict=True))) for row in rows}
        return tuple(found[kind] for kind in kinds)

    @reads
    def tallies(self, since: int) -> Steps[Sequence[JobTally]]:
        """What was counted of how jobs went."""
        rows = yield _TALLIES, {"since": since}
        return tuple(
            JobTally(slot=slot, kind=kind, measure=Measure(measure), bucket=bucket, count=count)
            for slot, kind, measure, bucket, count in rows
        )

    @reads
    def hours(self, since: int) -> Steps[Sequence[HourTally]]:
        """What was counted, by the hour."""
        rows = yield _HOURS, {"since": since}
        return tuple(
            HourTally(hour=hour, measure=Measure(measure), count=int(count)) for hour, measure, count in rows
        )

    @reads
    def count(self) -> Steps[Sequence[JobCount]]:
        """How many there are of each kind in each state."""
        rows = yield _COUNT, {}
        return tuple(
            JobCount(kind=kind, state=state, count=count, oldest_due_at=due)
            for kind, state, count, due in rows
        )
