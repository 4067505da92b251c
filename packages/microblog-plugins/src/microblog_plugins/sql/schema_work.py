"""The tables of what goes on beside posts and people: jobs, the audit log, keys, values, changes."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from microblog_plugins.sql.schema import Id, metadata, only

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("due_at", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", Id, nullable=False),
    Column("error", Text, nullable=False),
    # The trace of whoever queued it, as W3C Trace Context writes it.
    Column("trace", Text, nullable=False, server_default=""),
    # When it may be claimed: due_at while it is queued, lease_until while it is leased.
    Column("ready_at", Id, nullable=False),
    UniqueConstraint("kind", "key", name="jobs_key"),
    CheckConstraint("state IN ('queued', 'leased', 'dead')", name="state"),
)
# The state is there for counting in the index; it changes with `ready_at`, so that keeping it costs nothing.
Index("jobs_kind", jobs.c.kind, jobs.c.ready_at, jobs.c.id, jobs.c.state, **only("state <> 'dead'"))
Index("jobs_dead", jobs.c.id, **only("state = 'dead'"))
Index("jobs_dead_kind", jobs.c.kind, jobs.c.id, jobs.c.state, **only("state = 'dead'"))
Index("jobs_dead_due", jobs.c.due_at, **only("state = 'dead'"))

# How jobs went, by ten minutes; `bucket` is one of a histogram of times.
job_tallies = Table(
    "job_tallies",
    metadata,
    Column("slot", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("slot", "kind", "measure", "bucket"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("actor_id", Id),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    # The first word of the subject, by which lines are found.
    Column("about", Text, nullable=False, server_default=""),
)
Index("audit_actor", audit.c.actor_id, audit.c.id)
Index("audit_action", audit.c.action, audit.c.id)
Index("audit_about", audit.c.about, audit.c.id)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("key", Text, nullable=False),
    Column("result_id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "key"),
    sqlite_with_rowid=False,
)

Index("idempotency_keys_created", idempotency_keys.c.created_at)

plugin_values = Table(
    "plugin_values",
    metadata,
    Column("plugin", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("plugin", "key"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("origin", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("events", Text, nullable=False, server_default="[]"),
    sqlite_autoincrement=True,
)
