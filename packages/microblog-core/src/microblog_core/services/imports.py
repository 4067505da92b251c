"""Imports: bring an archive or a list along, see how far it is, call it off, read what could not be taken.
Taking it is `runtime.archives`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

import msgspec

from microblog_core.domain.accounts import clean_line
from microblog_core.domain.archives import (
    CSV_BYTES,
    IMPORT_KEPT,
    UNIMPORTED_KEPT,
    Import,
    ImportKind,
    ImportPart,
    ImportProblem,
    ImportState,
)
from microblog_core.domain.errors import Conflict, Invalid, NotFound, TooLarge
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddImport, DeleteImport, EndImport
from microblog_core.services.exports import archive_key
from microblog_core.services.uploads import job_of, remove_files

IMPORT_JOB = "archives.import"
NAME_LENGTH = 200
_MOST_PARTS = tuple(ImportPart)


class ImportJob(msgspec.Struct, frozen=True):
    """The payload of `IMPORT_JOB`."""

    import_id: int


class RequestImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file of `size` bytes to bring along, in pieces. `parts` are what is wanted of an archive; with
    `overwrite` whoever a list does not name is no longer followed, blocked, muted, or bookmarked.
    """

    kind: ImportKind
    chunks: AsyncIterator[bytes]
    size: int
    name: str = ""
    parts: tuple[ImportPart, ...] = _MOST_PARTS
    overwrite: bool = False


class ImportCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One of the own imports."""

    import_id: int


def size_limit(ports: Ports, kind: ImportKind) -> int:
    """How large the file may be, in bytes."""
    return ports.limits.archive_bytes if kind is ImportKind.ARCHIVE else CSV_BYTES


@authorised("account.write")
@rate_limited("import", limit=30, per=24 * 3600)
async def request_import(ports: Ports, actor: Actor, command: RequestImport) -> Import:
    """Keep a file and have it imported; one at a time. Raises `Invalid` (fields `file`, `parts`), `TooLarge`,
    `Conflict` (guard `busy`), `RateLimited`. Of what is refused nothing is kept.
    """
    account = require_account(actor)
    limit = size_limit(ports, command.kind)
    if not command.size:
        raise Invalid(fields={"file": "Choose a file that is not empty."})
    if command.size > limit:
        raise TooLarge(f"The file is larger than {limit / (1 << 20):.3g} MB.")
    if command.kind is ImportKind.ARCHIVE and not command.parts:
        raise Invalid(fields={"parts": "Choose what is wanted of the archive."})
    await _refuse_second(ports, account.id)
    now = ports.clock.now()
    item = Import(
        id=ports.ids.at(now),
        account_id=account.id,
        kind=command.kind,
        parts=command.parts if command.kind is ImportKind.ARCHIVE else (),
        overwrite=command.overwrite and command.kind is not ImportKind.ARCHIVE,
        name=clean_line(command.name)[:NAME_LENGTH],
        key=archive_key(),
        size=command.size,
        created_at=now,
    )
    # Should this process die before the row is there, or right after it, the file goes after a while.
    await _remove_later(ports, item)
    await ports.blobs.put_stream(item.key, command.chunks, command.size, "application/octet-stream")
    unit = ports.unit()
    unit.apply(AddImport(item=item))
    unit.outbox.add(job_of(ports, IMPORT_JOB, str(item.id), ImportJob(item.id)))
    try:
        await unit.commit()
    except Conflict as conflict:
        await ports.blobs.delete(item.key)
        if conflict.guard == "busy":
            raise _busy() from conflict
        raise
    return item


async def _remove_later(ports: Ports, item: Import) -> None:
    unit = ports.unit()
    unit.outbox.add(remove_files(ports, f"import:{item.id}:late", (item.key,), UNIMPORTED_KEPT))
    await unit.commit()


async def _refuse_second(ports: Ports, account_id: int) -> None:
    newest = await ports.storage.archives.imports(account_id, Page(limit=1))
    if any(not each.ended for each in newest.items):
        raise _busy()


def _busy() -> Conflict:
    return Conflict(
        "Another import of yours has not ended.", guard="busy", hint="Wait for it, or cancel it first."
    )


@authorised("account.write")
async def list_imports(ports: Ports, actor: Actor, page: Page) -> Listing[Import]:
    """The own imports, newest first."""
    return await ports.storage.archives.imports(require_account(actor).id, page)


@authorised("account.write")
async def read_import(ports: Ports, actor: Actor, command: ImportCommand) -> Import:
    """One of the own imports. Raises `NotFound`."""
    item = await ports.storage.archives.get(command.import_id)
    if item is None or item.account_id != actor.id:
        raise NotFound("There is no such import of yours.")
    return item


@authorised("account.write")
async def read_problems(
    ports: Ports, actor: Actor, command: ImportCommand, page: Page
) -> Listing[ImportProblem]:
    """What could not be taken, what came last first. Raises `NotFound`."""
    await read_import(ports, actor, command)
    return await ports.storage.archives.problems(command.import_id, page)


@authorised("account.write")
async def problems_as_csv(ports: Ports, actor: Actor, command: ImportCommand) -> AsyncIterator[bytes]:
    """The same as CSV in the file's order, a page at a time. Raises `NotFound`."""
    item = await read_import(ports, actor, command)
    return _as_csv(ports, item)


async def _as_csv(ports: Ports, item: Import) -> AsyncIterator[bytes]:
    after = 0
    yield b"Place,Entry,Problem\n"
    while True:
        found = await ports.storage.archives.problems(item.id, Page(limit=PAGE_MAX, min_id=after))
        if not found.items:
            return
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        for each in found.items[::-1]:
            # A spreadsheet takes what begins with such a sign for a formula.
            source = f"'{each.source}" if each.source[:1] in ("=", "+", "-", "@") else each.source
            rows.writerow((each.place, source, each.reason))
        yield text.getvalue().encode()
        after = found.items[0].id


@authorised("account.write")
async def cancel_import(ports: Ports, actor: Actor, command: ImportCommand) -> Import:
    """Call an own import off; what was taken already stays. Raises `NotFound`, `Invalid` (it has ended)."""
    item = await read_import(ports, actor, command)
    unit = ports.unit()
    unit.apply(EndImport(import_id=item.id, state=ImportState.CANCELLED, at=ports.clock.now()))
    if item.key:
        unit.outbox.add(remove_files(ports, f"import:{item.id}", (item.key,)))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise Invalid("This import has ended already.") from conflict
    return await read_import(ports, actor, command)


async def remove_imports(ports: Ports, now: int, limit: int) -> int:
    """Forget reports of imports of long ago; how many. What they made stays."""
    return await _remove(ports, await ports.storage.archives.old_imports(now - IMPORT_KEPT, limit))


async def remove_imports_of(ports: Ports, account_id: int) -> None:
    """Forget all of an account's imports. One that runs ends: nothing can be made of it any more."""
    while found := (await ports.storage.archives.imports(account_id, Page(limit=20))).items:
        await _remove(ports, found)


async def _remove(ports: Ports, old: Sequence[Import]) -> int:
    unit = ports.unit()
    for item in old:
        unit.apply(DeleteImport(import_id=item.id))
    if old:
        await unit.commit()
    return len(old)
