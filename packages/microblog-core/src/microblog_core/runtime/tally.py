"""How jobs went, counted in memory and written some seconds later: a commit that jobs don't pay for.

A process that is killed takes the counts of its last seconds with it; jobs themselves are never lost.
"""

from __future__ import annotations

import logging
from collections import Counter

from microblog_core.domain.jobs import JobTally, Measure, bucket_of, slot_of
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddJobTallies

logger = logging.getLogger(__name__)


class Tally:
    """Counts of one process for one site."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._counts: Counter[tuple[int, str, Measure, int]] = Counter()

    def note(self, kind: str, measure: Measure, milliseconds: float) -> None:
        """One job more took so long."""
        self._counts[slot_of(self._ports.clock.now()), kind, measure, bucket_of(milliseconds)] += 1

    async def write(self) -> None:
        """Write what was counted since the last time. What can't be written is logged and forgotten: figures
        must not pile up, or be counted twice.
        """
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        unit = self._ports.unit()
        unit.apply(
            AddJobTallies(
                tallies=tuple(
                    JobTally(slot=slot, kind=kind, measure=measure, bucket=bucket, count=count)
                    for (slot, kind, measure, bucket), count in counts.items()
                )
            )
        )
        try:
            await unit.commit()
        except Exception:
            logger.exception("How %s jobs went could not be written", counts.total())
