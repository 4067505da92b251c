"""Housekeeping: what has had its time goes, a bounded number at once, and operators see what went when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec

from microblog_core.domain.archives import IMPORT_KEPT
from microblog_core.domain.jobs import KEPT
from microblog_core.domain.media import UNATTACHED_MILLISECONDS
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.operations import PutValue, RemoveExpired
from microblog_core.ports.operations.housekeeping import Expired
from microblog_core.services.exports import remove_exports
from microblog_core.services.imports import remove_imports
from microblog_core.services.leaving import erase_account
from microblog_core.services.undo import remove_hidden
from microblog_core.services.uploads import discard

CHUNKS = 20
CHUNK_SECONDS = 120.0
"""A run of a sweep removes at most so many chunks; the next run goes on."""
COUNTED = 100_000
DAY = 24 * 3600 * 1000
DEAD_JOBS_KEPT = 30 * DAY
IDEMPOTENCY_KEPT = 45 * DAY
"""Longer than dead jobs are kept: a job that is revived finds the keys of what it did."""
DELIVERIES_KEPT = 45 * DAY
"""Longer than any fold or digest waits: what is older waits for a channel that is gone."""
OWNER, KEY = "runtime", "housekeeping:"
"""Where the last runs are kept in the plugin store."""

logger = logging.getLogger(__name__)


class SweepRun(msgspec.Struct, frozen=True, kw_only=True):
    """The last run of a sweep: when it ended (Unix milliseconds), how many it removed, whether there were
    more, how many were ever removed, and the error it ended with.
    """

    at: int = 0
    removed: int = 0
    more: bool = False
    total: int = 0
    error: str = ""


class SweepReport(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep and its last run; one that never ran has a run at 0."""

    sweep: Sweep
    run: SweepRun


def core_sweeps(ports: Callable[[], Ports]) -> Sequence[Sweep]:
    """What core keeps with an end. `ports` is asked when a sweep runs."""
    return (
        _of_storage(ports, Expired.SESSIONS, "Sessions that have expired"),
        _of_storage(ports, Expired.CODES, "Authorization codes that nobody used"),
        _of_storage(ports, Expired.IDEMPOTENCY_KEYS, "Idempotency keys", IDEMPOTENCY_KEPT),
        _of_storage(ports, Expired.DEAD_JOBS, "Jobs that failed for good", DEAD_JOBS_KEPT),
        _of_storage(ports, Expired.TALLIES, "Figures of how jobs went", KEPT),
        _of_storage(ports, Expired.DELIVERIES, "Deliveries that nobody takes", DELIVERIES_KEPT),
        _of_storage(
            ports,
            Expired.ADDRESSES,
            "Network addresses of sessions",
            lambda: ports().limits.address_milliseconds,
        ),
        _of_media(ports),
        _of_posts(ports),
        _of_departures(ports),
        _of_exports(ports),
        _of_imports(ports),
    )


def _of_storage(
    ports: Callable[[], Ports], what: Expired, title: str, kept: int | Callable[[], int] = 0
) -> Sweep:
    def before(now: int) -> int:
        return now - (kept if isinstance(kept, int) else kept())

    async def count(now: int, limit: int) -> int:
        return await ports().storage.expired.count(what, before(now), limit)

    async def remove(now: int, limit: int) -> int:
        found = await count(now, limit)
        if found:
            unit = ports().unit()
            unit.apply(RemoveExpired(what=what, before=before(now), limit=limit))
            await unit.commit()
        return found

    return Sweep(name=str(what), title=title, count=count, remove=remove)


def _of_media(ports: Callable[[], Ports]) -> Sweep:
    async def count(now: int, limit: int) -> int:
        return len(await ports().storage.media.unattached(now - UNATTACHED_MILLISECONDS, limit))

    async def remove(now: int, limit: int) -> int:
        found = await ports().storage.media.unattached(now - UNATTACHED_MILLISECONDS, limit)
        for attachment in found:
            await discard(ports(), attachment)
        return len(found)

    # Each is a commit of its own, with the job that removes its files.
    return Sweep(name="media", title="Media of no post", count=count, remove=remove, chunk=100)


def _of_posts(ports: Callable[[], Ports]) -> Sweep:
    """Deleted posts have a job each that removes them; this is for those whose job was discarded."""

    async def count(now: int, limit: int) -> int:
        return len(await ports().storage.hidden.before(now - ports().limits.undo_milliseconds, limit))

    async def remove(now: int, limit: int) -> int:
        return await remove_hidden(ports(), now, limit)

    return Sweep(name="posts", title="Deleted posts", count=count, remove=remove, chunk=100)


def _of_departures(ports: Callable[[], Ports]) -> Sweep:
    """Accounts whose grace is over have a job each; this is for those whose job was discarded or died."""

    async def count(now: int, limit: int) -> int:
        return len(await ports().storage.departures.due(now, limit))

    async def remove(now: int, limit: int) -> int:
        due = await ports().storage.departures.due(now, limit)
        for departure in due:
            await erase_account(ports(), departure.account_id)
        return len(due)

    return Sweep(name="departures", title="Accounts to be deleted", count=count, remove=remove, chunk=10)


def _of_exports(ports: Callable[[], Ports]) -> Sweep:
    async def count(now: int, limit: int) -> int:
        return len(await ports().storage.archives.old_exports(now, limit))

    async def remove(now: int, limit: int) -> int:
        return await remove_exports(ports(), now, limit)

    return Sweep(name="exports", title="Archives that were to be downloaded", count=count, remove=remove)


def _of_imports(ports: Callable[[], Ports]) -> Sweep:
    async def count(now: int, limit: int) -> int:
        return len(await ports().storage.archives.old_imports(now - IMPORT_KEPT, limit))

    async def remove(now: int, limit: int) -> int:
        return await remove_imports(ports(), now, limit)

    # Each has its problems with it.
    return Sweep(name="imports", title="Reports of imports", count=count, remove=remove, chunk=20)


async def sweep_all(
    ports: Ports, sweeps: Iterable[Sweep], *, chunks: int = CHUNKS, told: Callable[[int], None] | None = None
) -> Sequence[SweepReport]:
    """Run every sweep, up to so many chunks each, and keep what it did; one that fails is logged, and the
    others run. `told` hears of each one that is done.
    """
    before = await last_runs(ports)
    reports = []
    for sweep in sweeps:
        earlier = before.get(sweep.name) or SweepRun()
        reports.append(SweepReport(sweep=sweep, run=await _sweep(ports, sweep, chunks, earlier)))
        if told is not None:
            told(1)
    unit = ports.unit()
    for report in reports:
        value = msgspec.json.encode(report.run)
        unit.apply(PutValue(plugin=OWNER, key=f"{KEY}{report.sweep.name}", value=value))
    await unit.commit()
    return reports


async def _sweep(ports: Ports, sweep: Sweep, chunks: int, earlier: SweepRun) -> SweepRun:
    removed, more, error = 0, False, ""
    try:
        for _ in range(chunks):
            async with asyncio.timeout(CHUNK_SECONDS):
                count = await sweep.remove(ports.clock.now(), sweep.chunk)
            removed += count
            more = count >= sweep.chunk
            if not more:
                break
    except Exception as problem:
        logger.exception("The sweep %s failed", sweep.name)
        error = type(problem).__name__
    total = earlier.total + removed
    return SweepRun(at=ports.clock.now(), removed=removed, more=more, total=total, error=error)


async def last_runs(ports: Ports) -> dict[str, SweepRun]:
    """The last runs of sweeps, by name."""
    stored = await ports.storage.values(OWNER, KEY)
    return {key.removeprefix(KEY): msgspec.json.decode(value, type=SweepRun) for key, value in stored.items()}


@authorised("jobs.manage")
async def read_housekeeping(ports: Ports, actor: Actor, sweeps: Sequence[Sweep]) -> Sequence[SweepReport]:
    """What each sweep did last."""
    runs = await last_runs(ports)
    return [SweepReport(sweep=sweep, run=runs.get(sweep.name) or SweepRun()) for sweep in sweeps]


@authorised("jobs.manage")
async def count_expired(ports: Ports, actor: Actor, sweep: Sweep) -> int:
    """How many a sweep would remove now, counted up to `COUNTED`."""
    return await sweep.count(ports.clock.now(), COUNTED)
