"""The tables of delivery preferences and of what waits to be delivered; `schema` says how tables are drawn.

What waits names notifications without a foreign key: one that is gone by then is left out of the message.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from microblog_plugins.sql.schema import Id, metadata

delivery_preferences = Table(
    "delivery_preferences",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "channel", "kind"),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("notification_id", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "channel", "frequency", "notification_id"),
    sqlite_with_rowid=False,
)
Index("deliveries_notification", deliveries.c.notification_id)
