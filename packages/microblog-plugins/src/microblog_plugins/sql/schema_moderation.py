"""The tables of moderation: decisions about people, and notes on reports."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from microblog_plugins.sql.schema import Id, metadata, only

strikes = Table(
    "strikes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("moderator_id", Id, ForeignKey("accounts.id")),
    Column("act", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("report_id", Id, ForeignKey("reports.id")),
    Column("post_ids", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("overruled_at", Id),
    Column("overruled_by", Id, ForeignKey("accounts.id")),
    Column("appeal", Text, nullable=False),
    Column("appeal_state", Text, nullable=False),
    Column("appealed_at", Id),
    Column("decided_at", Id),
    Column("decided_by", Id, ForeignKey("accounts.id")),
    CheckConstraint("appeal_state IN ('none', 'open', 'accepted', 'rejected')", name="appeal_state"),
)
Index("strikes_account", strikes.c.account_id, strikes.c.id)
Index("strikes_appeals", strikes.c.id, **only("appeal_state = 'open'"))

report_notes = Table(
    "report_notes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("report_id", Id, ForeignKey("reports.id"), nullable=False),
    Column("author_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Id, nullable=False),
)
Index("report_notes_report", report_notes.c.report_id, report_notes.c.id)
