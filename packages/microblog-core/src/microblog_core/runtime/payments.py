"""The jobs of payments: settle what rang, ask gateways about what is open, end access."""

from __future__ import annotations

from collections.abc import Callable

from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy, Schedule
from microblog_core.ports.storage import LEDGER
from microblog_core.services.payments.jobs import RECONCILE_JOB, SETTLE_JOB
from microblog_core.services.payments.memberships import end_access
from microblog_core.services.payments.reconciling import EVERY, reconcile
from microblog_core.services.payments.telling import END_ACCESS_JOB
from microblog_core.services.payments.webhooks import settle

SETTLE_SECONDS = 60.0
RECONCILE_SECONDS = 280.0
SETTLE_RETRY = RetryPolicy(tries=8, first_delay=5.0)
"""What can't be asked for so long, the reconciler asks about."""


def payment_jobs(ports: Callable[[], Ports]) -> tuple[JobKind, ...]:
    """The kinds of jobs. `ports` is asked when a job runs."""

    async def run_settle(job: Job) -> None:
        await settle(ports(), job)

    async def run_reconcile(job: Job) -> None:
        if LEDGER in ports().storage.capabilities:
            await reconcile(ports())

    async def run_end_access(job: Job) -> None:
        await end_access(ports(), job)

    return (
        JobKind(name=SETTLE_JOB, handler=run_settle, retry=SETTLE_RETRY, timeout=SETTLE_SECONDS, limit=8),
        JobKind(name=RECONCILE_JOB, handler=run_reconcile, timeout=RECONCILE_SECONDS, limit=1),
        JobKind(name=END_ACCESS_JOB, handler=run_end_access, timeout=30.0),
    )


def payment_schedules() -> tuple[Schedule, ...]:
    """When gateways are asked about what is open."""
    return (Schedule(name="payments", kind=RECONCILE_JOB, every=EVERY / 1000),)
