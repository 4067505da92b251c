"""The job of an import: entry by entry, each in the transaction that says it is dealt with.

A process that dies goes on, when the job runs again, at the first entry that was not written: so nothing
comes twice, and nothing is forgotten. Two processes that work on the same import find out by its cursor.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.archives import (
    PROBLEMS_MAX,
    SOURCE_LENGTH,
    Import,
    ImportKind,
    ImportPart,
    ImportProblem,
    ImportState,
)
from microblog_core.domain.errors import Conflict, DomainError, Invalid, NotFound
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AdvanceImport, BeginImport, EndImport, Job
from microblog_core.ports.queue import RetryPolicy
from microblog_core.runtime.archives.items import Lost, items_of
from microblog_core.runtime.archives.lists import ListPlanner, rows_of
from microblog_core.runtime.archives.opening import Unpacked, unpack
from microblog_core.runtime.archives.plans import Plan, Planner, RawEntry
from microblog_core.runtime.archives.profiles import owner_of, read_person
from microblog_core.runtime.archives.taking import ArchivePlanner
from microblog_core.services.imports import ImportJob
from microblog_core.services.uploads import remove_files

IMPORT_RETRY = RetryPolicy(tries=20, first_delay=5.0, max_delay=600.0)
IMPORT_SECONDS = 12 * 3600.0
BATCH = 20
"""So many entries are written together: as many as are read again if the process dies."""
_COLLECTIONS = (
    (ImportPart.POSTS, "outbox.json"),
    (ImportPart.FAVOURITES, "likes.json"),
    (ImportPart.BOOKMARKS, "bookmarks.json"),
)
_ALIVE = (AccountState.ACTIVE, AccountState.SILENCED)

Told = Callable[[int, int], None]
logger = logging.getLogger(__name__)


async def run_import(ports: Ports, job: Job) -> None:
    """Import the file that a job names, or go on with it."""
    import_id = msgspec.json.decode(job.payload, type=ImportJob).import_id
    item = await ports.storage.archives.get(import_id)
    if item is None or item.ended:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="microblog-import-") as folder:
            path = Path(folder, "file")
            await _fetch(ports, item.key, path)
            await import_file(ports, item, path)
    except NotFound:
        await _end(ports, item, ImportState.FAILED, "The file is gone. Bring it along again.")
    except Exception:
        if job.attempts < IMPORT_RETRY.tries:
            raise
        logger.exception("The import %s failed", import_id)
        await _end(ports, item, ImportState.FAILED, "Something went wrong here. Try again later.")


async def import_file(ports: Ports, item: Import, path: Path, told: Told | None = None) -> None:
    """Take a file, from where the import has got to, to its end. `told` hears how many entries are dealt
    with, and how many there are.
    """
    account = await ports.storage.accounts.get(item.account_id)
    if account is None or account.state not in _ALIVE:
        await _end(ports, item, ImportState.FAILED, "The account can't get anything any more.")
        return
    try:
        with tempfile.TemporaryDirectory(prefix="microblog-unpacked-") as folder:
            if item.kind is ImportKind.ARCHIVE:
                limit = ports.limits.archive_bytes
                unpacked = await asyncio.to_thread(unpack, path, Path(folder), limit)
                owner = owner_of(ports, account, read_person(unpacked))
                planner: Planner = ArchivePlanner(ports, account, owner, unpacked)
                entries = lambda: _entries_of(unpacked, item.parts)
            else:
                planner = lists = ListPlanner(ports, account, item)
                entries = lambda: _rows(path)
                if item.overwrite and not item.cursor:
                    await lists.remove_others(path)
            await _take(ports, item, planner, entries, told)
    except Invalid as error:
        await _end(ports, item, ImportState.FAILED, f"{error.message} {error.hint}".strip())
    except Conflict as conflict:
        # Somebody else works on it, or called it off.
        if conflict.guard not in ("cursor", "exists"):
            raise
        logger.info("The import %s is elsewhere", item.id)


async def _take(
    ports: Ports, item: Import, planner: Planner, entries: Callable[[], Iterator[RawEntry]], told: Told | None
) -> None:
    if item.state is ImportState.WAITING:
        total = await asyncio.to_thread(lambda: sum(1 for _ in entries()))
        unit = ports.unit()
        unit.apply(BeginImport(import_id=item.id, total=total))
        await unit.commit()
    else:
        total = item.total
    cursor = item.cursor
    rest = itertools.islice(entries(), cursor, None)
    if told is not None:
        told(cursor, total)
    writer = _Writer(ports, item, planner)
    while batch := await asyncio.to_thread(lambda: tuple(itertools.islice(rest, BATCH))):
        await writer.write(batch, cursor)
        cursor += len(batch)
        if told is not None:
            told(cursor, total)
    await _end(ports, item, ImportState.DONE)


class _Writer:
    """Writes what planners decide, several entries at once where nothing is in the way."""

    def __init__(self, ports: Ports, item: Import, planner: Planner) -> None:
        self._ports, self._item, self._planner = ports, item, planner

    async def write(self, batch: Sequence[RawEntry], cursor: int) -> None:
        """Write these entries. Raises `Conflict` (guard `cursor`)."""
        plans = await self._planner.plan(batch)
        try:
            await self._commit(plans, cursor)
        except Conflict as conflict:
            if conflict.guard == "cursor":
                raise
            for entry, plan in zip(batch, plans, strict=True):
                await self._write_alone(entry, plan, cursor)
                cursor += 1

    async def _write_alone(self, entry: RawEntry, before: Plan, cursor: int) -> None:
        """Write one entry: as it is, then without what it refers to; else it is refused."""
        plan, reason = before, ""
        for loosely in (False, False, True):
            plan = await self._planner.plan_alone(entry, before, loosely=loosely)
            try:
                await self._commit((plan,), cursor)
            except Conflict as conflict:
                if conflict.guard == "cursor":
                    raise
                reason = conflict.message
                if conflict.guard in _DONE:
                    await self._commit((Plan(plan.place, "known", plan.source),), cursor)
                    return
            else:
                return
        await self._commit((Plan.refused(plan.place, plan.source, reason),), cursor)

    async def _commit(self, plans: Sequence[Plan], cursor: int) -> None:
        ports, item = self._ports, self._item
        unit = ports.unit()
        outcomes = [plan.outcome for plan in plans]
        for plan in plans:
            if plan.outcome == "taken":
                unit.apply(*plan.operations)
        now = ports.clock.now()
        problems = tuple(
            [
                ImportProblem(
                    id=ports.ids.at(now),
                    import_id=item.id,
                    place=plan.place,
                    source=_printable(plan.source),
                    reason=_printable(reason),
                )
                for plan in plans
                for reason in plan.reasons
            ]
        )
        unit.apply(
            AdvanceImport(
                import_id=item.id,
                cursor=cursor,
                to=cursor + len(plans),
                taken=outcomes.count("taken"),
                known=outcomes.count("known"),
                refused=outcomes.count("refused"),
                problems=problems,
                limit=PROBLEMS_MAX,
            )
        )
        await unit.commit()


_DONE = frozenset({"imported", "boost", "favourite", "bookmark", "follow", "request", "blocked", "muted"})
"""Guards that say: it is so already."""


def _entries_of(unpacked: Unpacked, parts: Sequence[ImportPart]) -> Iterator[RawEntry]:
    """All entries of an archive, in the order in which they are taken; always the same."""
    places = itertools.count(1)
    if ImportPart.PROFILE in parts and unpacked.has("actor.json"):
        yield RawEntry(next(places), ImportPart.PROFILE, None)
    for part, name in _COLLECTIONS:
        if part not in parts or not unpacked.has(name):
            continue
        try:
            with unpacked.opened(name) as stream:
                for data in items_of(stream):
                    yield RawEntry(next(places), part, data if part is ImportPart.POSTS else _decoded(data))
        except Lost as lost:
            yield RawEntry(next(places), part, Lost(f"{name}: {lost.message}"))


def _decoded(data: bytes) -> object:
    """The address in a list of addresses; some programs write whole objects."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return value.get("id") if isinstance(value, dict) else value


def _rows(path: Path) -> Iterator[RawEntry]:
    places = itertools.count(1)
    try:
        for cells in rows_of(path):
            yield RawEntry(next(places), "", cells)
    except Lost as lost:
        yield RawEntry(next(places), "", lost)


async def _fetch(ports: Ports, key: str, path: Path) -> None:
    """Copy a file out of the blob store. Raises `NotFound`."""
    blob = await ports.blobs.stream(key)
    with path.open("wb") as output:
        async for piece in blob.chunks:
            await asyncio.to_thread(output.write, piece)


async def _end(ports: Ports, item: Import, state: ImportState, error: str = "") -> None:
    unit = ports.unit()
    unit.apply(EndImport(import_id=item.id, state=state, at=ports.clock.now(), error=error))
    if item.key:
        unit.outbox.add(remove_files(ports, f"import:{item.id}", (item.key,)))
    try:
        await unit.commit()
    except DomainError:
        logger.info("The import %s had ended", item.id)


def _printable(text: str) -> str:
    """A text as it is kept: what a file says of itself may be anything."""
    safe = "".join(character if character.isprintable() else " " for character in text)
    return safe.encode("utf-8", "replace").decode()[:SOURCE_LENGTH]
