"""The tables of signing up and leaving; `schema` says how tables are drawn."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from microblog_plugins.sql.schema import Id, accounts, metadata, only

Index("accounts_pending", accounts.c.id, **only("state = 'pending'"))

sign_ups = Table(
    "sign_ups",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    # No foreign key: an invitation goes with whoever made it.
    Column("invitation_id", Id),
)
Index(
    "sign_ups_invitation",
    sign_ups.c.invitation_id,
    sign_ups.c.account_id,
    **only("invitation_id IS NOT NULL"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("uses_max", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("expires_at", Id, nullable=False),
    Column("follows", Boolean, nullable=False),
    Column("revoked_at", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    UniqueConstraint("code", name="invitations_code"),
)
Index("invitations_account", invitations.c.account_id, invitations.c.id)

mail_blocks = Table(
    "mail_blocks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("pattern", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    UniqueConstraint("pattern", name="mail_blocks_pattern"),
)

departures = Table(
    "departures",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("left_at", Id, nullable=False),
    Column("due_at", Id, nullable=False),
)
Index("departures_due", departures.c.due_at, departures.c.account_id)
