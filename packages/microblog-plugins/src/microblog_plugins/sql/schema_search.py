"""The tables of search and trends; `schema` says how tables are drawn."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TSVECTOR

from microblog_plugins.sql.schema import Id, metadata

# SQLite has the index of these words in the FTS5 table `post_search`, which SQLAlchemy doesn't know
# (`tools.is_drawn`); PostgreSQL has it here. They have no foreign key: who deletes a post takes its words out
# of that table first.
post_words = Table(
    "post_words",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)
Index("post_words_words", post_words.c.words, postgresql_using="gin").ddl_if(dialect="postgresql")

# Texts by which ranges are looked for are ordered by their code points.
Ordered = Text().with_variant(Text(collation="C"), "postgresql")

account_words = Table(
    "account_words",
    metadata,
    Column("word", Ordered, nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    PrimaryKeyConstraint("word", "account_id"),
    sqlite_with_rowid=False,
)
Index("account_words_account", account_words.c.account_id, account_words.c.word)

hashtags = Table(
    "hashtags",
    metadata,
    Column("name", Ordered, primary_key=True),
    sqlite_with_rowid=False,
)

tag_uses = Table(
    "tag_uses",
    metadata,
    Column("tag", Text, nullable=False),
    Column("day", Id, nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("uses", Integer, nullable=False),
    PrimaryKeyConstraint("tag", "day", "account_id"),
    sqlite_with_rowid=False,
)
Index("tag_uses_account", tag_uses.c.account_id)
Index("tag_uses_day", tag_uses.c.day)

tag_days = Table(
    "tag_days",
    metadata,
    Column("tag", Text, nullable=False),
    Column("day", Id, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("accounts", Integer, nullable=False),
    PrimaryKeyConstraint("tag", "day"),
    sqlite_with_rowid=False,
)
Index("tag_days_top", tag_days.c.day, tag_days.c.accounts)

post_heat = Table(
    "post_heat",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("heat", Float().with_variant(DOUBLE_PRECISION(), "postgresql"), nullable=False),
)
Index("post_heat_order", post_heat.c.heat, post_heat.c.post_id)
