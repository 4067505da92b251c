"""Binds the jobs of sites to a broker: the handler of each kind becomes a task, and its place takes a sender.

A message names its site and carries the job. The sender waits for the task's result, so the job's row, its
lease and its retries stay where they are: in the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from taskiq import AsyncBroker

from microblog_core.domain.errors import ConfigurationError
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind

TASK = "microblog.job"
CHECK_SECONDS = 0.02

Through = Callable[[JobKind], JobKind]


class Binding:
    """The task of one broker, for all sites of the process."""

    def __init__(self, broker: AsyncBroker) -> None:
        self._kinds: dict[tuple[str, str], JobKind] = {}

        async def run(site: str, job: dict[str, Any]) -> None:
            await self._run(site, job)

        self._task: Any = broker.register_task(run, task_name=TASK)

    def through(self, site: str) -> Through:
        """For `JobRunner`: replaces each kind of a site by one whose handler sends the job through the
        broker.
        """

        def replaced(kind: JobKind) -> JobKind:
            self._kinds[site, kind.name] = kind

            async def send(job: Job) -> None:
                sent = await self._task.kiq(site, msgspec.to_builtins(job))
                result = await sent.wait_result(check_interval=CHECK_SECONDS, timeout=kind.timeout)
                result.raise_for_error()

            return msgspec.structs.replace(kind, handler=send)

        return replaced

    async def _run(self, site: str, job: Mapping[str, Any]) -> None:
        decoded = msgspec.convert(dict(job), type=Job)
        kind = self._kinds.get((site, decoded.kind))
        if kind is None:
            raise ConfigurationError(
                f"Nobody here runs the job {decoded.kind} of the site {site}.",
                hint="Give all workers the same configuration and plugins.",
            )
        await kind.handler(decoded)
