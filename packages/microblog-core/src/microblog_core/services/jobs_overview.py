"""The operator's page for jobs: how every kind stands, how jobs went, and when schedules run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from microblog_core.domain.jobs import (
    HOUR,
    HourTally,
    JobTally,
    Measure,
    buckets_of,
    percentile,
    slot_of,
)
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.queue import KindOverview, Schedule

HOURS = 24
TICKER = "schedules."
"""What the kinds of tickers begin with (`runtime.schedules`)."""
OWNER, KEY = "runtime", "schedule:"
"""Where the last runs of schedules are kept in the plugin store."""


class KindReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind stands, and how its jobs went since `JobsReport.since`: how many ended well, failed and are
    tried again, failed for good; what half of them and 95 of 100 waited and ran at most (milliseconds, None
    for none, -1 for longer than is told apart).
    """

    stands: KindOverview
    done: int = 0
    failed: int = 0
    buried: int = 0
    waited: int | None = None
    waited_most: int | None = None
    ran: int | None = None
    ran_most: int | None = None

    @property
    def failure_rate(self) -> float:
        """The share of runs that failed (0 to 1)."""
        runs = self.done + self.failed + self.buried
        return (self.failed + self.buried) / runs if runs else 0.0


class HourReport(msgspec.Struct, frozen=True, kw_only=True):
    """How jobs of all kinds went in an hour from `hour` on (Unix milliseconds)."""

    hour: int
    done: int = 0
    failed: int = 0
    buried: int = 0


class ScheduleReport(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule with its last and next run (Unix milliseconds; None where there is none)."""

    schedule: Schedule
    last: int | None
    next: int | None


class JobsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at once, as of `at`. Kinds by name, hours from the oldest on, without a gap."""

    at: int
    since: int
    kinds: tuple[KindReport, ...]
    hours: tuple[HourReport, ...]
    schedules: tuple[ScheduleReport, ...]

    @property
    def dead(self) -> int:
        """How many failed for good."""
        return sum(each.stands.dead for each in self.kinds)


@authorised("jobs.manage")
async def read_jobs_report(
    ports: Ports, actor: Actor, kinds: Collection[str], schedules: Sequence[Schedule]
) -> JobsReport:
    """How the queue stands and how it went; the kinds that the site knows, and those that there are jobs
    of. Costs the same however many jobs there are.
    """
    now = ports.clock.now()
    # Whole slots only: the hour, and up to ten minutes more.
    since, first = slot_of(now - HOUR), (now // HOUR - HOURS + 1) * HOUR
    queue = ports.storage.queue
    stands = {each.kind: each for each in await queue.overview(now)}
    tallies: dict[str, list[JobTally]] = {}
    for tally in await queue.tallies(since):
        tallies.setdefault(tally.kind, []).append(tally)
    return JobsReport(
        at=now,
        since=since,
        kinds=tuple(
            _kind(stands.get(kind) or KindOverview(kind=kind), tallies.get(kind, ()))
            for kind in sorted({*kinds, *stands, *tallies})
            if not kind.startswith(TICKER)
        ),
        hours=_hours(await queue.hours(first), first),
        schedules=await _schedules(ports, schedules, stands),
    )


def _kind(stands: KindOverview, tallies: Sequence[JobTally]) -> KindReport:
    waited = buckets_of(tallies, (Measure.WAITED,))
    ran = buckets_of(tallies, (Measure.DONE, Measure.FAILED, Measure.BURIED))

    def total(measure: Measure) -> int:
        return sum(each.count for each in tallies if each.measure is measure)

    return KindReport(
        stands=stands,
        done=total(Measure.DONE),
        failed=total(Measure.FAILED),
        buried=total(Measure.BURIED),
        waited=percentile(waited, 0.5),
        waited_most=percentile(waited, 0.95),
        ran=percentile(ran, 0.5),
        ran_most=percentile(ran, 0.95),
    )


def _hours(tallies: Iterable[HourTally], first: int) -> tuple[HourReport, ...]:
    counts = {(each.hour, each.measure): each.count for each in tallies}
    hours = range(first, first + HOURS * HOUR, HOUR)
    return tuple(
        HourReport(
            hour=hour,
            done=counts.get((hour, Measure.DONE), 0),
            failed=counts.get((hour, Measure.FAILED), 0),
            buried=counts.get((hour, Measure.BURIED), 0),
        )
        for hour in hours
    )


async def _schedules(
    ports: Ports, schedules: Sequence[Schedule], stands: dict[str, KindOverview]
) -> tuple[ScheduleReport, ...]:
    ran = await ports.storage.values(OWNER, KEY)
    reports = []
    for schedule in schedules:
        last, ticker = ran.get(f"{KEY}{schedule.name}"), stands.get(f"{TICKER}{schedule.name}")
        reports.append(
            ScheduleReport(
                schedule=schedule,
                last=msgspec.json.decode(last, type=int) if last is not None else None,
                next=ticker.next_at if ticker is not None else None,
            )
        )
    return tuple(reports)
