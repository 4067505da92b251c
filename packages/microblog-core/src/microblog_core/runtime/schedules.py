"""Schedules: jobs that run again and again, at a fixed distance or when a cron expression says.

Each schedule is one row of the outbox, its ticker, that waits until the next run is due; the lease on that
row makes one process run it. A tick queues the scheduled job and the ticker of the next moment ahead, and
ends itself, in one transaction: who has lost its row ticks for nothing. Runs that were missed while nothing
ran are caught up once. A changed schedule counts from the next tick on.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job, PutValue
from microblog_core.ports.queue import JobKind, RetryPolicy, Schedule
from microblog_core.runtime.cron import parse_cron
from microblog_core.services.jobs_overview import KEY, OWNER, TICKER

KIND_PREFIX = TICKER
_FOREVER = RetryPolicy(tries=1 << 40, first_delay=1.0, max_delay=60.0)

logger = logging.getLogger(__name__)


def schedule_kinds(schedules: Iterable[Schedule], ports: Ports) -> dict[str, JobKind]:
    """The job kinds of the tickers, by name."""
    return {kind.name: kind for kind in (_ticker(schedule, ports) for schedule in schedules)}


async def plant_schedules(schedules: Iterable[Schedule], ports: Ports, kinds: Collection[str]) -> None:
    """Queue the tickers that are not there yet; the first run comes after one distance.

    A schedule whose kind of job is unknown, or whose times make no sense, is logged and left out.
    """
    now = ports.clock.now()
    unit = ports.unit()
    for schedule in schedules:
        if schedule.kind not in kinds:
            logger.error("The schedule %s names the unknown job %s", schedule.name, schedule.kind)
            continue
        try:
            due = next_run(schedule, now, now)
        except ConfigurationError as error:
            logger.error("The schedule %s is left out: %s %s", schedule.name, error, error.hint)
            continue
        unit.outbox.add(_tick_at(due, schedule, ports, now))
    await unit.commit()


def next_run(schedule: Schedule, due_at: int, now: int) -> int:
    """The first run after `now` of a schedule with a run at `due_at` (Unix milliseconds). Raises
    `ConfigurationError`.
    """
    if schedule.cron:
        return parse_cron(schedule.cron, schedule.timezone).next_after(now)
    if schedule.every <= 0:
        raise ConfigurationError("A schedule needs `every` seconds, or a `cron` expression.")
    if due_at > now:
        return due_at
    distance = max(1, round(schedule.every * 1000))
    return due_at + ((now - due_at) // distance + 1) * distance


def _tick_at(due_at: int, schedule: Schedule, ports: Ports, now: int) -> Job:
    return Job(
        id=ports.ids.at(now),
        kind=KIND_PREFIX + schedule.name,
        key=schedule.name,
        payload=b"{}",
        due_at=due_at,
        created_at=now,
        # Each tick begins a trace, or a schedule would be one without an end.
        trace="",
    )


def _ticker(schedule: Schedule, ports: Ports) -> JobKind:
    async def tick(job: Job) -> None:
        now = ports.clock.now()
        unit = ports.unit()
        unit.outbox.add(
            Job(
                id=ports.ids.at(now),
                kind=schedule.kind,
                key=f"{schedule.name}:{job.due_at}",
                payload=schedule.payload,
                due_at=now,
                created_at=now,
            )
        )
        # Ended first: the next one has the same key.
        unit.outbox.end(job)
        unit.outbox.add(_tick_at(next_run(schedule, job.due_at, now), schedule, ports, now))
        ran = msgspec.json.encode(now)
        unit.apply(PutValue(plugin=OWNER, key=f"{KEY}{schedule.name}", value=ran))
        await unit.commit()

    return JobKind(name=KIND_PREFIX + schedule.name, handler=tick, retry=_FOREVER, timeout=15.0)
