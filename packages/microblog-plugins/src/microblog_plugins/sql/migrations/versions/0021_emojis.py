"""Shortcodes of emojis are unique whatever their capitals; sites say what they are; uploads are counted.

Revision 0021, on 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
USED = sa.text("files > 0")


def upgrade() -> None:
    op.add_column("custom_emojis", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    op.add_column("custom_emojis", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    # Of two that differ in capitals the first one stays.
    op.execute(
        "DELETE FROM custom_emojis WHERE EXISTS (SELECT 1 FROM custom_emojis o"
        " WHERE lower(o.shortcode) = lower(custom_emojis.shortcode)"
        " AND o.shortcode < custom_emojis.shortcode)"
    )
    op.execute("UPDATE custom_emojis SET folded = lower(shortcode)")
    op.create_index("custom_emojis_folded", "custom_emojis", ["folded"], unique=True)
    op.create_table(
        "site_texts",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("account_id", ID),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("previous_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="site_texts_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="site_texts_account_id_fkey"),
        sa.UniqueConstraint("name", "previous_id", name="site_texts_next"),
    )
    op.create_index("site_texts_name", "site_texts", ["name", "id"])
    op.create_table(
        "media_usage",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="media_usage_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="media_usage_account_id_fkey"),
    )
    op.execute(
        "INSERT INTO media_usage (account_id, files, bytes)"
        " SELECT account_id, COUNT(*), SUM(size) FROM media GROUP BY account_id"
    )
    op.create_index(
        "media_usage_bytes",
        "media_usage",
        ["bytes", "account_id"],
        sqlite_where=USED,
        postgresql_where=USED,
    )
    op.create_index("media_created", "media", ["created_at", "size"])


def downgrade() -> None:
    op.drop_index("media_created", "media")
    op.drop_table("media_usage")
    op.drop_table("site_texts")
    op.drop_index("custom_emojis_folded", "custom_emojis")
    op.drop_column("custom_emojis", "size")
    op.drop_column("custom_emojis", "folded")
