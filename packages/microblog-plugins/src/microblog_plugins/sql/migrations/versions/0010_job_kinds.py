"""Jobs are found by kind: what waits of one kind doesn't slow claims of another.

Revision 0010, on 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ALIVE = sa.text("state <> 'dead'")


def upgrade() -> None:
    op.drop_index("jobs_ready", table_name="jobs")
    op.create_index(
        "jobs_kind",
        "jobs",
        ["kind", "ready_at", "id"],
        sqlite_where=ALIVE,
        postgresql_where=ALIVE,
    )


def downgrade() -> None:
    op.drop_index("jobs_kind", table_name="jobs")
    op.create_index("jobs_ready", "jobs", ["ready_at", "id"], sqlite_where=ALIVE, postgresql_where=ALIVE)
