"""The kinds of jobs that write and read archives: few at once, and after all that somebody waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.runtime.archives.exporting import EXPORT_RETRY, EXPORT_SECONDS, run_export
from microblog_core.runtime.archives.importing import IMPORT_RETRY, IMPORT_SECONDS, run_import
from microblog_core.services.exports import EXPORT_JOB
from microblog_core.services.imports import IMPORT_JOB


def archive_jobs(ports: Callable[[], Ports]) -> Sequence[JobKind]:
    """Exports and imports. `ports` is asked when a job runs."""

    async def export(job: Job) -> None:
        await run_export(ports(), job)

    async def bring(job: Job) -> None:
        await run_import(ports(), job)

    return (
        JobKind(
            name=EXPORT_JOB, handler=export, retry=EXPORT_RETRY, timeout=EXPORT_SECONDS, priority=-10, limit=1
        ),
        JobKind(
            name=IMPORT_JOB, handler=bring, retry=IMPORT_RETRY, timeout=IMPORT_SECONDS, priority=-10, limit=1
        ),
    )
