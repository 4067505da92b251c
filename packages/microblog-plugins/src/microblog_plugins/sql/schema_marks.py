"""The tables of what people mark for themselves, and of requests to follow; `schema` says how tables are
drawn.

Whose key begins with the post goes with the post, and is asked for whether a viewer marked it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from microblog_plugins.sql.schema import Id, metadata

follow_requests = Table(
    "follow_requests",
    metadata,
    Column("follower_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("followee_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("boosts", Boolean, nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("languages", Text, nullable=False),
    PrimaryKeyConstraint("follower_id", "followee_id"),
    sqlite_with_rowid=False,
)
Index("follow_requests_order", follow_requests.c.followee_id, follow_requests.c.id)

account_notes = Table(
    "account_notes",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("about_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "about_id"),
    sqlite_with_rowid=False,
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("post_id", "account_id"),
    sqlite_with_rowid=False,
)
Index("bookmarks_order", bookmarks.c.account_id, bookmarks.c.id)

pins = Table(
    "pins",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("post_id"),
    sqlite_with_rowid=False,
)
Index("pins_order", pins.c.account_id, pins.c.id)

# No foreign key to the thread: it outlives the post that began it.
thread_mutes = Table(
    "thread_mutes",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("thread_id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "thread_id"),
    sqlite_with_rowid=False,
)

markers = Table(
    "markers",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("timeline", Text, nullable=False),
    Column("last_read_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "timeline"),
    sqlite_with_rowid=False,
)

tag_follows = Table(
    "tag_follows",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "tag"),
    sqlite_with_rowid=False,
)
Index("tag_follows_order", tag_follows.c.account_id, tag_follows.c.id)

featured_tags = Table(
    "featured_tags",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "tag"),
    sqlite_with_rowid=False,
)
Index("featured_tags_id", featured_tags.c.id, unique=True)

# The tags of all posts of an account, where `post_tags` has those of public posts alone.
account_tags = Table(
    "account_tags",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("tag", Text, nullable=False),
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    # Whether everybody may see the post: public or unlisted.
    Column("open", Boolean, nullable=False),
    PrimaryKeyConstraint("account_id", "tag", "post_id"),
    sqlite_with_rowid=False,
)
Index("account_tags_post", account_tags.c.post_id)
