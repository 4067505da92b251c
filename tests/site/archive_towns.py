"""Sites with somebody on them, to take archives from and to bring them to; and archives that others
wrote.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import Import, ImportKind, ImportPart
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Page
from microblog_core.ports.clock import SystemClock
from microblog_core.ports.context import Ports
from microblog_core.runtime.archives.exporting import write_archive
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.imports import ImportCommand, RequestImport, read_import, request_import
from microblog_core.site import Site
from microblog_core.testing.builder import Builder, FrozenClock
from microblog_core.testing.sites import site_with


class Town:
    """A site in memory, and ada on it."""

    def __init__(self, site: Site, ada: Account, build: Builder) -> None:
        self.site, self.ada, self.build = site, ada, build
        self.actor = Actor(account=ada)

    @property
    def ports(self) -> Ports:
        return self.site.ports

    async def posts(self) -> list[Entry]:
        """All of ada's, oldest first."""
        found: list[Entry] = []
        older = None
        while True:
            page = Page(limit=80, max_id=older)
            listing = await self.ports.storage.timelines.account_posts(self.ada.id, self.ada.id, page)
            found += listing.items
            older = listing.older
            if older is None:
                return found[::-1]

    async def archive(self) -> bytes:
        file = io.BytesIO()
        account = await self.ports.storage.accounts.get(self.ada.id)
        assert account is not None
        await write_archive(self.ports, account, file)
        return file.getvalue()

    async def bring(
        self,
        data: bytes,
        kind: ImportKind = ImportKind.ARCHIVE,
        *,
        parts: tuple[ImportPart, ...] = tuple(ImportPart),
        overwrite: bool = False,
    ) -> Import:
        """Import a file through the job, to its end."""
        command = RequestImport(
            kind=kind, chunks=in_pieces(data), size=len(data), name="file", parts=parts, overwrite=overwrite
        )
        item = await request_import(self.ports, self.actor, command)
        await self.jobs()
        return await read_import(self.ports, self.actor, ImportCommand(import_id=item.id))

    async def jobs(self) -> None:
        """Run what is due."""
        await JobRunner(self.site).run_due()

    async def problems(self, item: Import) -> dict[int, str]:
        """Why entries could not be taken, by their place."""
        found = await self.ports.storage.archives.problems(item.id, Page(limit=80))
        return {each.place: each.reason for each in found.items}


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]


@asynccontextmanager
async def town(tmp_path: Path, host: str, **settings: Any) -> AsyncIterator[Town]:
    """A site at this host."""
    folder = tmp_path / host
    site = site_with(
        installed=("media",),
        blobs=f"files:{folder}",
        base_url=f"https://{host}",
        clock=SystemClock(),
        time_budget=60.0,
        **settings,
    )
    async with site:
        build = Builder(site.ports.storage, FrozenClock(site.ports.clock.now()))
        yield Town(site, await build.account("ada", display_name="Ada"), build)


def picture(colour: str, kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, colour).save(output, kind, **options)
    return output.getvalue()


def zipped(files: Mapping[str, bytes | str | Any]) -> bytes:
    """An archive of these files; what is neither bytes nor text becomes JSON."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return output.getvalue()
