"""How the kinds of jobs stand: for each one, everything is a short range of an index."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.ports.queue import COUNTED, KindOverview
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

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


def overview(dialect: Dialect, now: int) -> Steps[Sequence[KindOverview]]:
    """How the kinds stand of which there are jobs, by name."""
    kinds = sorted(row[0] for row in (yield _KINDS, {}))
    rows = yield _overview(dialect), {"now": now, "kinds": dialect.texts(kinds)}
    found = {
        kind: KindOverview(
            kind=kind, due=due, scheduled=scheduled, running=running, dead=dead, next_at=next_at
        )
        for kind, due, scheduled, running, dead, next_at in rows
    }
    return tuple(found[kind] for kind in kinds)
