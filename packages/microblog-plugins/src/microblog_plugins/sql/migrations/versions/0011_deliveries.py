"""Delivery preferences, what waits to be delivered, and since when an address is confirmed.

Revision 0011, on 0010. Addresses that are there already count as confirmed since they were given: nothing
could ask their owners before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "delivery_preferences",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "channel", "kind", name="delivery_preferences_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="delivery_preferences_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("notification_id", ID, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "channel", "frequency", "notification_id", name="deliveries_pkey"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="deliveries_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.add_column("logins", sa.Column("email_confirmed_at", ID, nullable=False, server_default="0"))
    op.execute("UPDATE logins SET email_confirmed_at = created_at")


def downgrade() -> None:
    op.drop_column("logins", "email_confirmed_at")
    op.drop_table("deliveries")
    op.drop_table("delivery_preferences")
