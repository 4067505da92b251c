"""The operators' overview: how much there is, and how much there is to do."""

from __future__ import annotations

import msgspec

from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operating import FIGURES_MOST, StorageFigures
from microblog_core.ports.storage import SiteCounts


class QueueState(msgspec.Struct, frozen=True, kw_only=True):
    """How the queue stands: jobs that may be begun, are running, wait for their time, failed for good; the
    first that is due has been so for `late` milliseconds. Each kind counts up to `ports.queue.COUNTED`.
    """

    due: int = 0
    running: int = 0
    scheduled: int = 0
    dead: int = 0
    late: int = 0


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything but statistics, as of `at` (Unix milliseconds)."""

    at: int
    counts: SiteCounts
    figures: StorageFigures
    queue: QueueState


@authorised("dashboard.read")
async def read_overview(ports: Ports, actor: Actor) -> Overview:
    """How the site stands. Costs the same however much there is."""
    now = ports.clock.now()
    storage = ports.storage
    stands = await storage.queue.overview(now)
    first = min((each.next_at for each in stands if each.due and each.next_at is not None), default=now)
    return Overview(
        at=now,
        counts=await storage.counts(),
        figures=await storage.operating.figures(),
        queue=QueueState(
            due=sum(each.due for each in stands),
            running=sum(each.running for each in stands),
            scheduled=sum(each.scheduled for each in stands),
            dead=sum(each.dead for each in stands),
            late=max(0, now - first),
        ),
    )


__all__ = ["FIGURES_MOST", "Overview", "QueueState", "read_overview"]
