"""Notifications, jobs, the audit log, idempotency keys, and what plugins store."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict, PluginError, TooLarge
from microblog_core.domain.moderation import about_of
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
    RunSql,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import JOB, insert
from microblog_plugins.sql.steps import Steps

_NOTIFICATION = (
    "INSERT INTO notifications (id, account_id, kind, actor_id, post_id, created_at)"
    " SELECT CAST(:id AS BIGINT), r.id, CAST(:kind AS TEXT), c.id, CAST(:post AS BIGINT), CAST(:created_at"
    " AS BIGINT)"
    " FROM accounts r CROSS JOIN accounts c WHERE r.id = :receiver AND c.id = :actor"
    " AND (CAST(:post AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM posts WHERE id = :post))"
)
_TAKE_BACK = "DELETE FROM notifications WHERE actor_id = :actor AND account_id = :receiver AND kind = :kind"
_JOB = insert("jobs", [*JOB, "ready_at"], "ON CONFLICT (kind, key) DO NOTHING")
_AUDIT = insert("audit", ["id", "actor_id", "action", "subject", "detail", "created_at", "about"])
_KEY = insert("idempotency_keys", ["account_id", "key", "result_id", "created_at"])
_FORGET_KEYS = "DELETE FROM idempotency_keys WHERE account_id = :account_id AND created_at <= :since"
_PLUGIN_VERBS = frozenset("ALTER CREATE DELETE DROP INSERT SELECT UPDATE WITH".split())
_NEW_VALUE = insert("plugin_values", ["plugin", "key", "value"])
_VALUE = insert(
    "plugin_values",
    ["plugin", "key", "value"],
    "ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value",
)


def add_notification(dialect: Dialect, operation: AddNotification) -> Steps[None]:
    """A notification; guard `id`; nothing where its people or its post are gone."""
    told = operation.notification
    yield (
        _NOTIFICATION,
        {
            "id": told.id,
            "receiver": told.account_id,
            "kind": str(told.kind),
            "actor": told.actor_id,
            "post": told.post_id,
            "created_at": told.created_at,
        },
    )


def delete_notifications(dialect: Dialect, operation: DeleteNotifications) -> Steps[None]:
    """What was told was taken back."""
    values = {"receiver": operation.account_id, "kind": str(operation.kind), "actor": operation.actor_id}
    if operation.post_id is None:
        yield _TAKE_BACK, values
    else:
        yield f"{_TAKE_BACK} AND post_id = :post", values | {"post": operation.post_id}


def add_job(dialect: Dialect, operation: AddJob) -> Steps[None]:
    """An outbox row, unless (kind, key) waits already."""
    job = operation.job
    ready_at = job.due_at if job.state == "queued" else job.lease_until
    yield _JOB, {name: getattr(job, name) for name in JOB} | {"ready_at": ready_at}


def end_job(dialect: Dialect, operation: EndJob) -> Steps[None]:
    """What it did and its end are one."""
    statement = "DELETE FROM jobs WHERE id = :id AND attempts = :attempts RETURNING id"
    if not (yield statement, {"id": operation.job_id, "attempts": operation.attempts}):
        raise Conflict("This job was ended, or begun by somebody else.", guard="job")


def add_job_for_notified(dialect: Dialect, operation: AddJobForNotified) -> Steps[None]:
    """An outbox row, if any follower wants to be told."""
    statement = (
        f"SELECT f.id FROM follows f{dialect.indexed('follows_notified')}"
        " WHERE f.followee_id = :author AND f.notify LIMIT 1"
    )
    if (yield statement, {"author": operation.author_id}):
        yield from add_job(dialect, AddJob(job=operation.job))


def add_audit(dialect: Dialect, operation: AddAudit) -> Steps[None]:
    """A line of the audit log."""
    yield (
        _AUDIT,
        {
            "id": operation.id,
            "actor_id": operation.actor_id,
            "action": operation.action,
            "subject": operation.subject,
            "detail": operation.detail,
            "created_at": operation.created_at,
            "about": about_of(operation.subject),
        },
    )


def add_idempotency_key(dialect: Dialect, operation: AddIdempotencyKey) -> Steps[None]:
    """A key's first use; guard `key`. All uses of the account before `since` are forgotten."""
    values = {
        "account_id": operation.account_id,
        "key": operation.key,
        "result_id": operation.result_id,
        "created_at": operation.created_at,
    }
    yield _FORGET_KEYS, {"account_id": operation.account_id, "since": operation.since}
    yield _KEY, values


def add_value(dialect: Dialect, operation: AddValue) -> Steps[None]:
    """A plugin's value; guard `value`. Raises `TooLarge`."""
    yield _NEW_VALUE, _value(operation)


def put_value(dialect: Dialect, operation: PutValue) -> Steps[None]:
    """A plugin's value. Raises `TooLarge`."""
    yield _VALUE, _value(operation)


def _value(operation: AddValue | PutValue) -> dict[str, str | bytes]:
    if len(operation.value) > VALUE_BYTES:
        raise TooLarge(f"A value of a plugin holds at most {VALUE_BYTES} bytes.")
    return {"plugin": operation.plugin, "key": operation.key, "value": operation.value}


def delete_value(dialect: Dialect, operation: DeleteValue) -> Steps[None]:
    """Remove a plugin's value."""
    statement = "DELETE FROM plugin_values WHERE plugin = :plugin AND key = :key"
    yield statement, {"plugin": operation.plugin, "key": operation.key}


def run_sql(dialect: Dialect, operation: RunSql) -> Steps[None]:
    """A plugin's own statement on its own tables. Raises `PluginError` for what would end the transaction."""
    verb = operation.statement.split(None, 1)[0].upper() if operation.statement.strip() else ""
    if verb not in _PLUGIN_VERBS:
        verbs = ", ".join(sorted(_PLUGIN_VERBS))
        raise PluginError(f"A plugin may not run {verb or 'nothing'}.", hint=f"Use one of {verbs}.")
    yield operation.statement, dict(operation.parameters)
