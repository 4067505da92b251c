"""Posts say who may answer them, and lists have hashtags.

Revision 0023, on 0017. What was written before may be answered by everybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("posts", sa.Column("reply_policy", sa.Text(), nullable=False, server_default="public"))
    op.create_table(
        "list_tags",
        sa.Column("list_id", ID, sa.ForeignKey("lists.id", ondelete="CASCADE"), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "tag", name="list_tags_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("list_tags_order", "list_tags", ["list_id", "id"])


def downgrade() -> None:
    op.drop_table("list_tags")
    op.drop_column("posts", "reply_policy")
