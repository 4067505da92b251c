"""The media processor: one process for each file, a few at the same time, ended when it takes too long."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import msgspec

from microblog_core.domain.errors import Invalid, Unavailable
from microblog_core.domain.media import CENTRE, Focus, MediaKind
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Purpose
from microblog_plugins.media.settings import MediaSettings
from microblog_plugins.media.sniffing import FORMATS, content_type_of
from microblog_plugins.media.worker import Outcome

_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
"""What the process gets of the environment: enough to start, and none of the site's secrets."""

_FILES_FAULT = frozenset(
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGXCPU")
    if hasattr(signal, name)
)
"""What a file makes its decoder die of. A process that is killed otherwise may not have been the file's
fault.
"""

logger = logging.getLogger(__name__)


class PillowProcessor:
    """A `ports.media.MediaProcessor`."""

    name = "pillow"
    content_types = tuple(FORMATS)

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(settings.concurrency)

    def probe(self, data: bytes) -> MediaFacts | None:
        """What a file says that it is. Raises `Invalid` for HEIC."""
        content_type = content_type_of(data)
        return MediaFacts(kind=MediaKind.IMAGE, content_type=content_type) if content_type else None

    async def process(self, data: bytes, purpose: Purpose, focus: Focus = CENTRE) -> ProcessedMedia:
        """Decode a file and encode it anew. Raises `Invalid`, `Unavailable`."""
        async with self._turns:
            outcome = await self._run(data, purpose, focus)
        if outcome.made is None:
            raise Invalid(fields={"file": outcome.refused})
        return outcome.made

    async def _run(self, data: bytes, purpose: Purpose, focus: Focus) -> Outcome:
        limits = (str(self._settings.memory), str(max(1, round(self._settings.seconds))))
        point = (str(focus.x), str(focus.y))
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "microblog_plugins.media.worker", purpose, *limits, *point),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
        except OSError as error:
            raise Unavailable(f"Pictures can't be processed now: {error.strerror}.") from error
        try:
            async with asyncio.timeout(self._settings.seconds):
                written, said = await process.communicate(data)
        except TimeoutError:
            raise Invalid(fields={"file": "This picture takes too long. Use a smaller one."}) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _outcome(process.returncode or 0, written, said)


def _outcome(code: int, written: bytes, said: bytes) -> Outcome:
    if code == 0:
        return msgspec.msgpack.decode(written, type=Outcome)
    logger.warning("the decoder ended with %s: %s", code, said[-2000:].decode("utf-8", "replace"))
    if -code in _FILES_FAULT:
        raise Invalid(fields={"file": "This file is broken, or no picture."})
    raise Unavailable("Pictures can't be processed now.", hint="Try again later.")
