"""Media, the pictures of posts and of accounts.

Revision 0005, on 0004.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_PICTURES = ("avatar", "avatar_description", "header", "header_description")


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("preview_key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("preview_width", sa.Integer(), nullable=False),
        sa.Column("preview_height", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("focus_x", sa.Double(), nullable=False),
        sa.Column("focus_y", sa.Double(), nullable=False),
        sa.Column("blurhash", sa.Text(), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("post_id", ID),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unattached_at", ID),
        sa.PrimaryKeyConstraint("id", name="media_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="media_account_id_fkey"),
        sa.CheckConstraint("state IN ('processing', 'ready', 'failed')", name=op.f("media_state")),
    )
    op.create_index("media_post", "media", ["post_id"], **_only("post_id IS NOT NULL"))
    op.create_index(
        "media_unattached", "media", ["unattached_at", "id"], **_only("unattached_at IS NOT NULL")
    )
    for name in _PICTURES:
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("posts", sa.Column("attachments", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("posts", sa.Column("has_media", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("post_edits", sa.Column("attachments", sa.Text(), nullable=False, server_default="[]"))
    op.add_column(
        "post_tags", sa.Column("has_media", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("posts_account_media", "posts", ["account_id", "id"], **_only("has_media"))
    op.create_index("posts_listed_media", "posts", ["id"], **_only("listed AND has_media"))
    op.create_index("post_tags_media", "post_tags", ["tag", "post_id"], **_only("has_media"))


def downgrade() -> None:
    op.drop_index("post_tags_media", "post_tags")
    op.drop_index("posts_listed_media", "posts")
    op.drop_index("posts_account_media", "posts")
    op.drop_column("post_tags", "has_media")
    op.drop_column("post_edits", "attachments")
    op.drop_column("posts", "has_media")
    op.drop_column("posts", "attachments")
    for name in reversed(_PICTURES):
        op.drop_column("accounts", name)
    op.drop_table("media")
