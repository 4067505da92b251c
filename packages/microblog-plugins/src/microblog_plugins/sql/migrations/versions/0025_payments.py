"""Payments with their ledger, who is paid for what, memberships, and posts that are for members.

Revision 0025, on 0023. The ledger only grows: triggers refuse to change or remove what is in it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = "state IN ('created', 'pending', 'authorised')"
LEDGER = ("ledger_entries", "ledger_lines")
REFUSAL = "the ledger only grows"


def _index(name: str, table: str, columns: list[str], where: str = "", *, unique: bool = False) -> None:
    partial: dict[str, Any] = {}
    if where:
        partial = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(name, table, columns, unique=unique, **partial)


def upgrade() -> None:
    op.add_column("posts", sa.Column("members_of_id", ID))
    op.add_column(
        "posts", sa.Column("teaser_for_members", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _payments()
    _ledger()
    _offers()
    _memberships()
    op.create_table(
        "gateway_webhooks",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", ID, nullable=False),
        sa.Column("handled_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="gateway_webhooks_pkey"),
        sa.UniqueConstraint("gateway", "event_id", name="gateway_webhooks_event"),
    )
    _index("gateway_webhooks_handled", "gateway_webhooks", ["handled_at"], "handled_at > 0")


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("payer_id", ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("payee_id", ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("minor", ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("redirect_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refunded_minor", ID, nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("membership_id", ID),
        sa.Column("period_start", ID, nullable=False),
        sa.Column("period_end", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attention", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.Column("captured_at", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="payments_pkey"),
    )
    _index("payments_gateway", "payments", ["gateway", "gateway_id"], "gateway_id <> ''", unique=True)
    _index("payments_payer", "payments", ["payer_id", "id"])
    _index("payments_payee", "payments", ["payee_id", "id"])
    _index("payments_open", "payments", ["id"], OPEN)
    _index("payments_state", "payments", ["state", "id"])
    _index("payments_attention", "payments", ["id"], "attention <> ''")
    _index("payments_membership", "payments", ["membership_id", "id"], "membership_id IS NOT NULL")


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("payment_id", ID, sa.ForeignKey("payments.id"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("refunded_minor", ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="ledger_entries_pkey"),
        sa.UniqueConstraint("payment_id", "sequence", name="ledger_entries_sequence"),
    )
    op.create_table(
        "ledger_lines",
        sa.Column("entry_id", ID, sa.ForeignKey("ledger_entries.id"), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("minor", ID, nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "account", name="ledger_lines_pkey"),
        sqlite_with_rowid=False,
    )
    _index("ledger_lines_account", "ledger_lines", ["account", "at", "product", "currency", "minor"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        for table in LEDGER:
            op.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
            )
        return
    for table in LEDGER:
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_{act} BEFORE {act.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def _offers() -> None:
    op.create_table(
        "payees",
        sa.Column("account_id", ID, sa.ForeignKey("accounts.id"), nullable=False, autoincrement=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tips", sa.Boolean(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="payees_pkey"),
    )
    op.create_table(
        "tiers",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("monthly", ID),
        sa.Column("yearly", ID),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("retired_at", ID),
        sa.PrimaryKeyConstraint("id", name="tiers_pkey"),
    )
    _index("tiers_account", "tiers", ["account_id", "id"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("member_id", ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("author_id", ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("tier_id", ID, sa.ForeignKey("tiers.id"), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("minor", ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("redirect_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("paid_until", ID, nullable=False),
        sa.Column("access_until", ID, nullable=False),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("ended_at", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attention", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="memberships_pkey"),
    )
    _index("memberships_live", "memberships", ["member_id", "author_id"], "state <> 'ended'", unique=True)
    _index("memberships_gateway", "memberships", ["gateway", "gateway_id"], "gateway_id <> ''", unique=True)
    _index("memberships_access", "memberships", ["member_id", "author_id", "access_until"])
    _index("memberships_member", "memberships", ["member_id", "id"])
    _index("memberships_author", "memberships", ["author_id", "id"])
    _index("memberships_open", "memberships", ["id"], "state <> 'ended'")


def downgrade() -> None:
    for table in ("gateway_webhooks", "memberships", "tiers", "payees", "ledger_lines", "ledger_entries"):
        op.drop_table(table)
    op.drop_table("payments")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_refuse()")
    op.drop_column("posts", "teaser_for_members")
    op.drop_column("posts", "members_of_id")
