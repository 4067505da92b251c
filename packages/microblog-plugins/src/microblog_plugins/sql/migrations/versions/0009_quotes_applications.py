"""Quotes that were taken back, what posts were written with, and when people last wrote.

Revision 0009, on 0007. When people last wrote is taken from their posts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("posts", sa.Column("quote_state", sa.Text(), nullable=False, server_default="accepted"))
    op.add_column("posts", sa.Column("application_id", ID))
    op.add_column("accounts", sa.Column("last_post_at", ID))
    op.create_index(
        "posts_quotes",
        "posts",
        ["quote_of_id", "id"],
        sqlite_where=sa.text("quote_of_id IS NOT NULL"),
        postgresql_where=sa.text("quote_of_id IS NOT NULL"),
    )
    op.execute(
        "UPDATE accounts SET last_post_at = (SELECT p.created_at FROM posts p"
        " WHERE p.account_id = accounts.id AND p.boost_of_id IS NULL"
        " AND p.visibility IN ('public', 'unlisted') ORDER BY p.id DESC LIMIT 1)"
    )


def downgrade() -> None:
    op.drop_index("posts_quotes", "posts")
    # An older version would show them again.
    op.execute("UPDATE posts SET quote_of_id = NULL WHERE quote_state = 'revoked'")
    op.drop_column("accounts", "last_post_at")
    for column in ("application_id", "quote_state"):
        op.drop_column("posts", column)
