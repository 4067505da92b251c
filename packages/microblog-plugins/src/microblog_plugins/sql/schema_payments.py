"""The tables of payments, of the ledger, and of who is paid for what; `schema` says how tables are drawn.

The ledger only grows: triggers (made by the migration) refuse every UPDATE and DELETE of its two tables.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from microblog_plugins.sql.schema import Id, metadata, only

payments = Table(
    "payments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("payer_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("payee_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("product", Text, nullable=False),
    Column("minor", Id, nullable=False),
    Column("currency", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("redirect_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("refunded_minor", Id, nullable=False),
    Column("country", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("membership_id", Id),
    Column("period_start", Id, nullable=False),
    Column("period_end", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attention", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("updated_at", Id, nullable=False),
    Column("captured_at", Id, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("payments_gateway", payments.c.gateway, payments.c.gateway_id, unique=True, **only("gateway_id <> ''"))
Index("payments_payer", payments.c.payer_id, payments.c.id)
Index("payments_payee", payments.c.payee_id, payments.c.id)
Index("payments_open", payments.c.id, **only("state IN ('created', 'pending', 'authorised')"))
Index("payments_state", payments.c.state, payments.c.id)
Index("payments_attention", payments.c.id, **only("attention <> ''"))
Index("payments_membership", payments.c.membership_id, payments.c.id, **only("membership_id IS NOT NULL"))

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("payment_id", Id, ForeignKey("payments.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("refunded_minor", Id, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", Id, nullable=False),
    UniqueConstraint("payment_id", "sequence", name="ledger_entries_sequence"),
)

ledger_lines = Table(
    "ledger_lines",
    metadata,
    Column("entry_id", Id, ForeignKey("ledger_entries.id"), nullable=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("minor", Id, nullable=False),
    # Of the entry and its payment: so that sums need this table alone.
    Column("at", Id, nullable=False),
    Column("product", Text, nullable=False),
    PrimaryKeyConstraint("entry_id", "account"),
    sqlite_with_rowid=False,
)
Index(
    "ledger_lines_account",
    ledger_lines.c.account,
    ledger_lines.c.at,
    ledger_lines.c.product,
    ledger_lines.c.currency,
    ledger_lines.c.minor,
)

payees = Table(
    "payees",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("currency", Text, nullable=False),
    Column("tips", Boolean, nullable=False),
    Column("amounts", Text, nullable=False),
    Column("updated_at", Id, nullable=False),
)

tiers = Table(
    "tiers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("monthly", Id),
    Column("yearly", Id),
    Column("created_at", Id, nullable=False),
    Column("retired_at", Id),
)
Index("tiers_account", tiers.c.account_id, tiers.c.id)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("member_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("author_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("tier_id", Id, ForeignKey("tiers.id"), nullable=False),
    Column("interval", Text, nullable=False),
    Column("minor", Id, nullable=False),
    Column("currency", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("redirect_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("paid_until", Id, nullable=False),
    Column("access_until", Id, nullable=False),
    Column("cancel_at_period_end", Boolean, nullable=False),
    Column("ended_at", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attention", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("updated_at", Id, nullable=False),
    Column("version", Integer, nullable=False),
)
Index(
    "memberships_live",
    memberships.c.member_id,
    memberships.c.author_id,
    unique=True,
    **only("state <> 'ended'"),
)
Index(
    "memberships_gateway",
    memberships.c.gateway,
    memberships.c.gateway_id,
    unique=True,
    **only("gateway_id <> ''"),
)
# For the predicate of who may see which posts.
Index("memberships_access", memberships.c.member_id, memberships.c.author_id, memberships.c.access_until)
Index("memberships_member", memberships.c.member_id, memberships.c.id)
Index("memberships_author", memberships.c.author_id, memberships.c.id)
Index("memberships_open", memberships.c.id, **only("state <> 'ended'"))

gateway_webhooks = Table(
    "gateway_webhooks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("gateway", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Id, nullable=False),
    Column("handled_at", Id, nullable=False),
    UniqueConstraint("gateway", "event_id", name="gateway_webhooks_event"),
)
Index("gateway_webhooks_handled", gateway_webhooks.c.handled_at, **only("handled_at > 0"))
