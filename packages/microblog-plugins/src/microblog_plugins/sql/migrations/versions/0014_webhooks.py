"""Web hooks; and the tokens of push subscriptions, encrypted.

Revision 0014, on 0013.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=False),
        sa.Column("rotated_at", ID, nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("last_at", ID, nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="webhooks_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="webhooks_account_id_fkey"),
    )
    op.create_index("webhooks_account", "webhooks", ["account_id", "id"])
    op.add_column(
        "push_subscriptions", sa.Column("sealed_token", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("push_subscriptions", "sealed_token")
    op.drop_table("webhooks")
