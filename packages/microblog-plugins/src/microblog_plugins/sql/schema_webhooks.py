"""The table of web hooks; `schema` says how tables are drawn."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from microblog_plugins.sql.schema import Id, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text, nullable=False),
    Column("rotated_at", Id, nullable=False),
    Column("events", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("last_at", Id, nullable=False),
    Column("last_status", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Id, nullable=False),
)
Index("webhooks_account", webhooks.c.account_id, webhooks.c.id)
