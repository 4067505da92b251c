"""Campaigns, their recipients, and who refuses news. When somebody logged in is found by account.

Revision 0015, on 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = "total sending sent waiting failed unclear skipped".split()


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "subject", "body", "audience")),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(sa.Column(name, ID) for name in ("starts_at", "started_at", "finished_at")),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("created_by", ID),
        sa.Column("up_to", ID, nullable=False),
        sa.Column("cursor", ID, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("taken_at", ID, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("id", name="campaigns_pkey"),
    )
    op.create_table(
        "campaign_recipients",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim", ID, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", ID, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "account_id", name="campaign_recipients_pkey"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="campaign_recipients_campaign_id_fkey"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="campaign_recipients_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "campaign_recipients_address", "campaign_recipients", ["campaign_id", "address_key"], unique=True
    )
    not_sent, waiting = sa.text("state <> 'sent'"), sa.text("state = 'waiting'")
    op.create_index(
        "campaign_recipients_open",
        "campaign_recipients",
        ["campaign_id", "state", "account_id"],
        sqlite_where=not_sent,
        postgresql_where=not_sent,
    )
    op.create_index(
        "campaign_recipients_due",
        "campaign_recipients",
        ["campaign_id", "due_at", "account_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "news_refusals",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="news_refusals_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="news_refusals_account_id_fkey"),
    )
    op.create_index("log_ins_account", "log_ins", ["account_id", "slot"])


def downgrade() -> None:
    op.drop_index("log_ins_account", "log_ins")
    for table in ("news_refusals", "campaign_recipients", "campaigns"):
        op.drop_table(table)
