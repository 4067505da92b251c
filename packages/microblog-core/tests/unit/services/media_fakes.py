"""What the tests of media share: a processor that draws without a library, and a world that works off its
jobs.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from microblog_core.domain.errors import Invalid
from microblog_core.domain.events import JobsQueued
from microblog_core.domain.media import CENTRE, MediaKind
from microblog_core.ports.context import Limits
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.runtime import media as jobs
from microblog_core.services import media, scheduled, uploads
from microblog_core.services.housekeeping import core_sweeps, sweep_all
from microblog_core.testing.world import World, make_ports

FILE = b"PIC a cat"


class Sketcher:
    """A media processor whose pictures begin with `PIC`."""

    name = "sketcher"
    content_types = ("image/sketch",)

    def __init__(self):
        self.waits = None
        self.breaks = False
        self.purposes, self.focuses = [], []

    def probe(self, data):
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/sketch") if data[:3] == b"PIC" else None

    async def process(self, data, purpose, focus=CENTRE):
        self.purposes.append(purpose)
        self.focuses.append(focus)
        if self.waits is not None:
            await self.waits.wait()
        if self.breaks:
            raise RuntimeError("no ink")
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type="image/png", data=data[4:], width=30, height=20),
            preview=Rendition(content_type="image/webp", data=b"small", width=3, height=2),
            blurhash="L9S?DV",
        )


class Studio(World):
    """A world with a sketcher and a job runner that works at once, unless it is told to `rest`."""

    def __init__(self):
        self.sketcher = Sketcher()
        super().__init__(make_ports(processors=(self.sketcher,), limits=Limits(upload_bytes=1000)))
        self.rest = False
        self.tasks = set()
        self.bus.subscribe(JobsQueued, self.work_soon)

    def work_soon(self, event):
        if not self.rest:
            task = asyncio.get_running_loop().create_task(self.work())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def work(self):
        handlers = {
            media.PROCESS_JOB: jobs.process_media,
            uploads.REMOVE_FILES_JOB: jobs.remove_media_files,
            scheduled.SCHEDULED_JOB: scheduled.publish_scheduled,
        }
        for job in await self.storage.queue.claim(self.clock.now(), limit=100, lease=60_000):
            try:
                await handlers[job.kind](self.ports, job)
            except RuntimeError:
                await self.storage.queue.retry(job, due_at=self.clock.now(), error="no ink")
            else:
                await self.storage.queue.finish([job])

    async def settle(self):
        while self.tasks:
            await asyncio.gather(*self.tasks)

    async def upload(self, account, data=FILE, **more):
        self.clock.advance(1)
        command = media.UploadMedia(data=data, **more)
        return await media.upload_media(self.ports, await self.actor(account), command)

    async def sweep(self):
        sweeps = core_sweeps(lambda: self.ports)
        await sweep_all(self.ports, [replace(each, chunk=2) for each in sweeps if each.name == "media"])
        await self.settle()

    @property
    def files(self):
        return self.ports.blobs.files

    async def rows(self):
        """Every medium that belongs to no post."""
        return list(await self.storage.media.unattached(1 << 62, 100))
