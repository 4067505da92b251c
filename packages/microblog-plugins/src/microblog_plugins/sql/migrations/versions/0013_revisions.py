"""Posts and accounts say which state of them a row is, so that it needn't be read again.

Revision 0013, on 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("accounts", "posts"):
        op.add_column(table, sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for table in ("posts", "accounts"):
        op.drop_column(table, "revision")
