"""Events beside the cache keys that processes on one file tell one another.

Revision 0008, on 0007. What was told before is known by now, or of no use.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("changes", sa.Column("events", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("changes", "events")
