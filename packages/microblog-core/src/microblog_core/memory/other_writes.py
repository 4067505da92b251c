"""What operations on notifications, jobs, the audit log, idempotency keys and plugins' values write."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict, TooLarge
from microblog_core.memory.tables import Tables, Used
from microblog_core.ports.operations import (
    VALUE_BYTES,
    AddAudit,
    AddIdempotencyKey,
    AddJob,
    AddJobForNotified,
    AddNotification,
    AddValue,
    DeleteNotifications,
    DeleteValue,
    EndJob,
    PutValue,
)
from microblog_core.ports.storage import Audit


def add_notification(tables: Tables, operation: AddNotification) -> None:
    """A notification; guard `id`; nothing where its people or its post are gone."""
    told = operation.notification
    if told.id in tables.notifications:
        raise Conflict("A notification with this id exists.", guard="id")
    post_is_there = told.post_id is None or told.post_id in tables.posts
    if post_is_there and told.account_id in tables.accounts and told.actor_id in tables.accounts:
        tables.notifications.put(told.id, told)


def delete_notifications(tables: Tables, operation: DeleteNotifications) -> None:
    """What was told was taken back."""
    for told in tuple(tables.notifications.rows.values()):
        same = (told.account_id, told.kind, told.actor_id) == (
            operation.account_id,
            operation.kind,
            operation.actor_id,
        )
        if same and operation.post_id in (None, told.post_id):
            tables.notifications.remove(told.id)


def add_job(tables: Tables, operation: AddJob) -> None:
    """An outbox row, unless (kind, key) waits already."""
    job = operation.job
    if all((waiting.kind, waiting.key) != (job.kind, job.key) for waiting in tables.jobs.rows.values()):
        tables.jobs.put(job.id, job)


def end_job(tables: Tables, operation: EndJob) -> None:
    """What it did and its end are one."""
    job = tables.jobs.get(operation.job_id)
    if job is None or job.attempts != operation.attempts:
        raise Conflict("This job was ended, or begun by somebody else.", guard="job")
    tables.jobs.remove(job.id)


def add_job_for_notified(tables: Tables, operation: AddJobForNotified) -> None:
    """An outbox row, if any follower wants to be told."""
    if any(
        followee == operation.author_id and follow.options.notify
        for (_, followee), follow in tables.follows.rows.items()
    ):
        add_job(tables, AddJob(job=operation.job))


def add_audit(tables: Tables, operation: AddAudit) -> None:
    """A line of the audit log; guard `id`."""
    if operation.id in tables.audit:
        raise Conflict("A line with this id exists.", guard="id")
    line = Audit(
        id=operation.id,
        actor_id=operation.actor_id,
        action=operation.action,
        subject=operation.subject,
        detail=operation.detail,
        created_at=operation.created_at,
    )
    tables.audit.put(line.id, line)


def add_idempotency_key(tables: Tables, operation: AddIdempotencyKey) -> None:
    """A key's first use; guard `key`."""
    key = (operation.account_id, operation.key)
    used = tables.used_keys.get(key)
    if used is not None and used.created_at > operation.since:
        raise Conflict("This idempotency key was used before.", guard="key")
    tables.used_keys.put(key, Used(operation.result_id, operation.created_at))


def add_value(tables: Tables, operation: AddValue) -> None:
    """A plugin's value; guard `value`."""
    if (operation.plugin, operation.key) in tables.values:
        raise Conflict("There is such a value.", guard="value")
    put_value(tables, PutValue(plugin=operation.plugin, key=operation.key, value=operation.value))


def put_value(tables: Tables, operation: PutValue) -> None:
    """A plugin's value. Raises `TooLarge`."""
    if len(operation.value) > VALUE_BYTES:
        raise TooLarge(f"A value of a plugin holds at most {VALUE_BYTES} bytes.")
    tables.values.put((operation.plugin, operation.key), operation.value)


def delete_value(tables: Tables, operation: DeleteValue) -> None:
    """Remove a plugin's value."""
    tables.values.remove((operation.plugin, operation.key))
