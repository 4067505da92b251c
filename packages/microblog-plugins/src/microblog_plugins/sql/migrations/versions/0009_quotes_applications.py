"""Quotes that were taken back, what posts were written with, when people last wrote, and pictures that wait
with scheduled posts.

Revision 0009, on 0008. When people last wrote is taken from their posts.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
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
    shown = sa.text("domain = '' AND state = 'active' AND last_post_at IS NOT NULL")
    op.create_index(
        "accounts_active", "accounts", ["last_post_at", "id"], sqlite_where=shown, postgresql_where=shown
    )
    op.add_column("media", sa.Column("scheduled_id", ID))
    op.create_index(
        "media_scheduled",
        "media",
        ["scheduled_id"],
        sqlite_where=sa.text("scheduled_id IS NOT NULL"),
        postgresql_where=sa.text("scheduled_id IS NOT NULL"),
    )
    _hold_media(op.get_bind())


class Waiting(msgspec.Struct):
    """What this needs to know of a post that waits."""

    media_ids: tuple[int, ...] = ()


def _hold_media(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT id, account_id, params FROM scheduled_posts")).fetchall()
    hold = sa.text(
        "UPDATE media SET scheduled_id = :id, unattached_at = NULL"
        " WHERE id = :medium AND account_id = :account AND unattached_at IS NOT NULL"
    )
    for scheduled_id, account_id, params in rows:
        for medium in msgspec.json.decode(params, type=Waiting).media_ids:
            connection.execute(hold, {"id": scheduled_id, "account": account_id, "medium": medium})


def downgrade() -> None:
    # An older version keeps them for a day from then on.
    op.execute(
        "UPDATE media SET unattached_at = (SELECT s.scheduled_at FROM scheduled_posts s"
        " WHERE s.id = media.scheduled_id) WHERE scheduled_id IS NOT NULL"
    )
    op.drop_index("media_scheduled", "media")
    op.drop_column("media", "scheduled_id")
    op.drop_index("posts_quotes", "posts")
    # An older version would show them again.
    op.execute("UPDATE posts SET quote_of_id = NULL WHERE quote_state = 'revoked'")
    op.drop_index("accounts_active", "accounts")
    op.drop_column("accounts", "last_post_at")
    for column in ("application_id", "quote_state"):
        op.drop_column("posts", column)
