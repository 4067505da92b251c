"""How jobs went is counted; what has had its time is found by its end; deleted posts are there for a moment.

Revision 0017, on 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ALIVE = sa.text("state <> 'dead'")
HIDDEN = sa.text("hidden_at IS NOT NULL")
DEAD = sa.text("state = 'dead'")


def upgrade() -> None:
    op.create_table(
        "job_tallies",
        sa.Column("slot", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slot", "kind", "measure", "bucket", name="job_tallies_pkey"),
        sqlite_with_rowid=False,
    )
    _index_alive(["kind", "ready_at", "id", "state"])
    for name, columns in (("jobs_dead_kind", ["kind", "id", "state"]), ("jobs_dead_due", ["due_at"])):
        op.create_index(name, "jobs", columns, sqlite_where=DEAD, postgresql_where=DEAD)
    op.create_index("idempotency_keys_created", "idempotency_keys", ["created_at"])
    op.create_index("sessions_expired", "sessions", ["expires_at"])
    op.create_index("deliveries_notification", "deliveries", ["notification_id"])
    op.add_column("posts", sa.Column("hidden_at", ID))
    op.create_index("posts_hidden", "posts", ["hidden_at"], sqlite_where=HIDDEN, postgresql_where=HIDDEN)
    # Sweeping media is a part of housekeeping now.
    op.execute("DELETE FROM jobs WHERE kind IN ('schedules.runtime.media', 'media.sweep')")


def downgrade() -> None:
    # They were deleted, and can't be brought back where there is no undoing.
    boosts = "boost_of_id IN (SELECT id FROM posts WHERE hidden_at IS NOT NULL)"
    op.execute(f"UPDATE posts SET hidden_at = 1 WHERE {boosts}")
    _remove("posts", "hidden_at IS NOT NULL")
    op.execute("DELETE FROM jobs WHERE kind = 'posts.remove_hidden'")
    op.drop_index("posts_hidden", "posts")
    op.drop_column("posts", "hidden_at")
    op.drop_index("deliveries_notification", "deliveries")
    op.drop_index("sessions_expired", "sessions")
    op.drop_index("idempotency_keys_created", "idempotency_keys")
    op.drop_index("jobs_dead_due", "jobs")
    op.drop_index("jobs_dead_kind", "jobs")
    _index_alive(["kind", "ready_at", "id"])
    op.drop_table("job_tallies")


def _remove(table: str, condition: str) -> None:
    """Remove rows and what hangs on them: SQLite does not follow foreign keys while it migrates."""
    inspector = sa.inspect(op.get_bind())
    for other in inspector.get_table_names():
        for key in inspector.get_foreign_keys(other):
            if key["referred_table"] == table != other:
                (column,), (referred,) = key["constrained_columns"], key["referred_columns"]
                _remove(other, f"{column} IN (SELECT {referred} FROM {table} WHERE {condition})")
    op.execute(f"DELETE FROM {table} WHERE {condition}")


def _index_alive(columns: list[str]) -> None:
    op.drop_index("jobs_kind", "jobs")
    op.create_index("jobs_kind", "jobs", columns, sqlite_where=ALIVE, postgresql_where=ALIVE)
