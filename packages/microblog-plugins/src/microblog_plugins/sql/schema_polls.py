"""The tables of polls, scheduled posts and conversations, and quotes by what they quote; see `schema`."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from microblog_plugins.sql.schema import Id, metadata, only, posts

Index("posts_quotes", posts.c.quote_of_id, posts.c.id, **only("quote_of_id IS NOT NULL"))

polls = Table(
    "polls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, nullable=False),
    Column("multiple", Boolean, nullable=False),
    Column("hide_totals", Boolean, nullable=False),
    Column("expires_at", Id, nullable=False),
    Column("votes_count", Integer, nullable=False),
    Column("voters_count", Integer, nullable=False),
)
Index("polls_post", polls.c.post_id)

poll_options = Table(
    "poll_options",
    metadata,
    Column("poll_id", Id, ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("votes_count", Integer, nullable=False),
    PrimaryKeyConstraint("poll_id", "place"),
    sqlite_with_rowid=False,
)

poll_votes = Table(
    "poll_votes",
    metadata,
    Column("poll_id", Id, ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("choices", Text, nullable=False),
    PrimaryKeyConstraint("poll_id", "account_id"),
    sqlite_with_rowid=False,
)
Index("poll_votes_order", poll_votes.c.poll_id, poll_votes.c.id)
Index("poll_votes_own", poll_votes.c.account_id)

scheduled_posts = Table(
    "scheduled_posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("scheduled_at", Id, nullable=False),
    Column("params", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", Id, nullable=False),
)
Index("scheduled_posts_order", scheduled_posts.c.account_id, scheduled_posts.c.id)
Index("scheduled_posts_day", scheduled_posts.c.account_id, scheduled_posts.c.scheduled_at)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("thread_id", Id, nullable=False),
    Column("participants", Text, nullable=False),
    Column("last_post_id", Id, nullable=False),
    Column("unread", Boolean, nullable=False),
    UniqueConstraint("account_id", "thread_id", "participants", name="conversations_key"),
)
Index("conversations_order", conversations.c.account_id, conversations.c.last_post_id)

# A row's conversation may be gone: the post stays in the listing of direct posts.
direct_posts = Table(
    "direct_posts",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("conversation_id", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "post_id"),
    sqlite_with_rowid=False,
)
Index("direct_posts_conversation", direct_posts.c.conversation_id, direct_posts.c.post_id)
Index("direct_posts_post", direct_posts.c.post_id)
