"""The job that runs in this task, for handlers whose work and end must be one transaction."""

from __future__ import annotations

from contextvars import ContextVar

from microblog_core.ports.operations import Job
from microblog_core.ports.unit import UnitOfWork

current_job: ContextVar[Job | None] = ContextVar("current_job", default=None)
"""Set by the executor around each handler."""


def end_current_job(unit: UnitOfWork) -> None:
    """Let a unit that queues what comes next also end the job that runs, if one does.

    Otherwise a process that dies between the two does it again, when what it queued may be done already and
    its key free.
    """
    job = current_job.get()
    if job is not None:
        unit.outbox.end(job)
