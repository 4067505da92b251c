"""Daily statistics. Who logged in is known of the sessions that last.

Revision 0012, on 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = "posts boosts favourites follows sign_ups log_ins active active_week active_month".split()
SLOT = 15 * 60 * 1000


def upgrade() -> None:
    op.create_table(
        "statistics_days",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("since", ID, nullable=False),
        sa.Column("until", ID, nullable=False),
        sa.Column("computed_at", ID, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("windows_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="statistics_days_pkey"),
    )
    op.create_table(
        "statistics_people",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("day", "account_id", name="statistics_people_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_stale",
        sa.Column("slot", ID, nullable=False, autoincrement=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="statistics_stale_pkey"),
    )
    due = sa.text("marks <> counted")
    op.create_index(
        "statistics_stale_due", "statistics_stale", ["slot"], sqlite_where=due, postgresql_where=due
    )
    op.create_table(
        "log_ins",
        sa.Column("slot", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("slot", "account_id", name="log_ins_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("favourites_created", "favourites", ["created_at", "account_id"])
    op.create_index("follows_created", "follows", ["created_at", "follower_id"])
    op.execute(
        "INSERT INTO log_ins (slot, account_id)"
        f" SELECT DISTINCT created_at / {SLOT} * {SLOT}, account_id FROM sessions"
    )


def downgrade() -> None:
    op.drop_index("follows_created", "follows")
    op.drop_index("favourites_created", "favourites")
    for table in ("log_ins", "statistics_stale", "statistics_people", "statistics_days"):
        op.drop_table(table)
