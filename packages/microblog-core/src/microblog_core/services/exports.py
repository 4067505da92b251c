"""Exports: ask for an archive of everything of one's own, see how far it is, take it away; and the lists that
Mastodon and others read (`services.people_lists`). Writing the archive is `runtime.archives`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from microblog_core.domain.archives import (
    ARCHIVE_EXTENSION,
    EXPORT_EVERY,
    EXPORT_KEPT,
    Export,
)
from microblog_core.domain.errors import Conflict, NotFound, RateLimited
from microblog_core.domain.media import stem_of
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, retried
from microblog_core.ports.blobs import Blob
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddExport, DeleteExport
from microblog_core.services.uploads import job_of, remove_files

EXPORT_JOB = "archives.export"


class ExportJob(msgspec.Struct, frozen=True):
    """The payload of `EXPORT_JOB`."""

    export_id: int


class RequestExport(msgspec.Struct, frozen=True, kw_only=True):
    """An archive of everything of one's own."""


class ExportCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One of the own exports."""

    export_id: int


def archive_key() -> str:
    """A key that nobody guesses, for a file that is never served."""
    return f"{stem_of(secrets.token_hex(16))}.{ARCHIVE_EXTENSION}"


@authorised("account.write")
@retried("id")
async def request_export(ports: Ports, actor: Actor, command: RequestExport) -> Export:
    """Have an archive written, at most one a day that succeeds. Raises `RateLimited`."""
    account = require_account(actor)
    now = ports.clock.now()
    export = Export(
        id=ports.ids.at(now),
        account_id=account.id,
        key=archive_key(),
        created_at=now,
        expires_at=now + EXPORT_KEPT,
    )
    unit = ports.unit()
    unit.apply(AddExport(export=export, since=now - EXPORT_EVERY))
    unit.outbox.add(job_of(ports, EXPORT_JOB, str(export.id), ExportJob(export.id)))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "often":
            raise RateLimited(
                "You asked for an archive within the last day.",
                hint="Download that one, or wait a day.",
                retry_after=EXPORT_EVERY / 1000,
            ) from conflict
        raise
    return export


@authorised("account.write")
async def list_exports(ports: Ports, actor: Actor, page: Page) -> Listing[Export]:
    """The own exports, newest first."""
    return await ports.storage.archives.exports(require_account(actor).id, page)


@authorised("account.write")
async def read_export(ports: Ports, actor: Actor, command: ExportCommand) -> Blob:
    """The file of one of the own exports. Raises `NotFound`, also where its time is over."""
    export = await ports.storage.archives.export(command.export_id)
    if export is None or export.account_id != actor.id or not export.there_at(ports.clock.now()):
        raise NotFound("There is no such archive, or its time is over.", hint="Ask for a new one.")
    return await ports.blobs.stream(export.key)


async def remove_exports(ports: Ports, now: int, limit: int) -> int:
    """Forget exports whose time is over, with their files; how many."""
    return await _remove(ports, await ports.storage.archives.old_exports(now, limit))


async def remove_exports_of(ports: Ports, account_id: int) -> None:
    """Forget all of an account's exports, with their files."""
    while found := (await ports.storage.archives.exports(account_id, Page(limit=20))).items:
        await _remove(ports, found)


async def _remove(ports: Ports, old: Sequence[Export]) -> int:
    unit = ports.unit()
    for export in old:
        unit.apply(DeleteExport(export_id=export.id))
        unit.outbox.add(remove_files(ports, f"export:{export.id}", (export.key,)))
    if old:
        await unit.commit()
    return len(old)
