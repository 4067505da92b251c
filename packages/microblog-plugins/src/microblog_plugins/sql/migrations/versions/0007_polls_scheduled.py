"""Polls, scheduled posts, quotes, and conversations of direct posts.

Revision 0007, on 0006. Direct posts that are there already are put into conversations, all read.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from microblog_core.domain.ids import IdFactory

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 500


def upgrade() -> None:
    op.add_column("posts", sa.Column("poll_id", ID))
    op.add_column("posts", sa.Column("quote_of_id", ID))
    op.add_column("posts", sa.Column("quote_policy", sa.Text(), nullable=False, server_default="public"))
    op.add_column("posts", sa.Column("quotes_count", sa.Integer(), nullable=False, server_default="0"))
    _polls()
    _scheduled()
    _conversations()
    _fill_conversations(op.get_bind())


def _polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("multiple", sa.Boolean(), nullable=False),
        sa.Column("hide_totals", sa.Boolean(), nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("votes_count", sa.Integer(), nullable=False),
        sa.Column("voters_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="polls_pkey"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="polls_post_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("polls_post", "polls", ["post_id"])
    op.create_table(
        "poll_options",
        sa.Column("poll_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("votes_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "place", name="poll_options_pkey"),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["polls.id"], name="poll_options_poll_id_fkey", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_votes",
        sa.Column("poll_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "account_id", name="poll_votes_pkey"),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["polls.id"], name="poll_votes_poll_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="poll_votes_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("poll_votes_order", "poll_votes", ["poll_id", "id"])


def _scheduled() -> None:
    op.create_table(
        "scheduled_posts",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("scheduled_at", ID, nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="scheduled_posts_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="scheduled_posts_account_id_fkey"),
    )
    op.create_index("scheduled_posts_order", "scheduled_posts", ["account_id", "id"])
    op.create_index("scheduled_posts_day", "scheduled_posts", ["account_id", "scheduled_at"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("participants", sa.Text(), nullable=False),
        sa.Column("last_post_id", ID, nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="conversations_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="conversations_account_id_fkey"),
        sa.UniqueConstraint("account_id", "thread_id", "participants", name="conversations_key"),
    )
    op.create_index("conversations_order", "conversations", ["account_id", "last_post_id"])
    op.create_table(
        "direct_posts",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "post_id", name="direct_posts_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="direct_posts_account_id_fkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="direct_posts_post_id_fkey", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("direct_posts_conversation", "direct_posts", ["conversation_id", "post_id"])
    op.create_index("direct_posts_post", "direct_posts", ["post_id"])


_DIRECT = sa.text(
    "SELECT id, account_id, thread_id, mentions, created_at FROM posts"
    " WHERE id > :after AND visibility = 'direct' AND boost_of_id IS NULL ORDER BY id LIMIT :limit"
)
_CONVERSATION = sa.text(
    "INSERT INTO conversations (id, account_id, thread_id, participants, last_post_id, unread)"
    " VALUES (:id, :account, :thread, :participants, :post, FALSE)"
    " ON CONFLICT (account_id, thread_id, participants) DO UPDATE SET last_post_id = excluded.last_post_id"
    " RETURNING id"
)
_FILED = sa.text(
    "INSERT INTO direct_posts (account_id, post_id, conversation_id) VALUES (:account, :post, :id)"
)


def _fill_conversations(connection: sa.Connection) -> None:
    ids, after = IdFactory(), 0
    known = {row[0] for row in connection.execute(sa.text("SELECT id FROM accounts"))}
    while rows := connection.execute(_DIRECT, {"after": after, "limit": BATCH}).fetchall():
        after = rows[-1][0]
        for post_id, author, thread_id, mentions, created_at in rows:
            named = [mention["account_id"] for mention in msgspec.json.decode(mentions)]
            people = sorted({author, *named} & known)
            for account in people:
                others = ",".join(str(other) for other in people if other != account)
                values: dict[str, Any] = {
                    "id": ids.at(created_at),
                    "account": account,
                    "thread": thread_id,
                    "participants": others,
                    "post": post_id,
                }
                values["id"] = connection.execute(_CONVERSATION, values).scalar_one()
                connection.execute(_FILED, values)


def downgrade() -> None:
    # An older version knows no such kinds.
    op.execute("DELETE FROM notifications WHERE kind IN ('poll', 'quote')")
    for table in (
        "direct_posts",
        "conversations",
        "scheduled_posts",
        "poll_votes",
        "poll_options",
        "polls",
    ):
        op.drop_table(table)
    for column in ("quotes_count", "quote_policy", "quote_of_id", "poll_id"):
        op.drop_column("posts", column)
