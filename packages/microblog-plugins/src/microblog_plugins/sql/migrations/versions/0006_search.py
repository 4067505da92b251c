"""Search and trends: words of posts and names, how hashtags and posts are used.

Revision 0006, on 0004. What is stored already is indexed here, some hundred posts at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TSVECTOR

from microblog_core.domain.search import author_word
from microblog_core.domain.tags import DAY, HISTORY_DAYS, heat_of
from microblog_core.domain.words import name_words, words_of
from microblog_plugins.sql.writes.search import vector

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BATCH = 500
TELL_EVERY = 100_000

logger = logging.getLogger("microblog.migrations")


def upgrade() -> None:
    _words()
    _uses()
    connection = op.get_bind()
    _index_posts(connection)
    _index_names(connection)
    _count_tags(connection)
    _heat_posts(connection)


def _words() -> None:
    op.create_table(
        "post_words",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="post_words_pkey"),
    )
    if _is_sqlite():
        op.execute(
            "CREATE VIRTUAL TABLE post_search USING fts5(words, content='post_words', content_rowid='id',"
            " columnsize=0, tokenize=\"ascii tokenchars '_'\")"
        )
    op.create_table(
        "account_words",
        sa.Column("word", ORDERED, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("word", "account_id", name="account_words_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="account_words_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("account_words_account", "account_words", ["account_id", "word"])
    op.create_table(
        "hashtags",
        sa.Column("name", ORDERED, nullable=False),
        sa.PrimaryKeyConstraint("name", name="hashtags_pkey"),
        sqlite_with_rowid=False,
    )


def _uses() -> None:
    op.create_table(
        "tag_uses",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("day", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "day", "account_id", name="tag_uses_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="tag_uses_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("tag_uses_account", "tag_uses", ["account_id"])
    op.create_index("tag_uses_day", "tag_uses", ["day"])
    op.create_table(
        "tag_days",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("day", ID, nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "day", name="tag_days_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("tag_days_top", "tag_days", ["day", "accounts"])
    op.create_table(
        "post_heat",
        sa.Column("post_id", ID, nullable=False, autoincrement=False),
        sa.Column("heat", sa.Float().with_variant(DOUBLE_PRECISION(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("post_id", name="post_heat_pkey"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="post_heat_post_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("post_heat_order", "post_heat", ["heat", "post_id"])


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _batches(connection: sa.Connection, select: str) -> Iterator[list[Any]]:
    """Rows of a statement whose first column is an id, some hundred at a time in the order of that id."""
    last = done = 0
    while True:
        rows = connection.execute(sa.text(select), {"after": last, "limit": BATCH}).fetchall()
        if not rows:
            return
        yield list(rows)
        last, done = rows[-1][0], done + len(rows)
        if done % TELL_EVERY < BATCH <= done:
            logger.warning("Indexed %s rows so far", done)


def _index_posts(connection: sa.Connection) -> None:
    words = ":words" if _is_sqlite() else "CAST(CAST(:words AS TEXT) AS TSVECTOR)"
    insert = sa.text(f"INSERT INTO post_words (id, words) VALUES (:id, {words})")
    found = (
        "SELECT id, account_id, spoiler, text FROM posts WHERE id > :after AND boost_of_id IS NULL"
        " ORDER BY id LIMIT :limit"
    )
    for rows in _batches(connection, found):
        values = []
        for post_id, account_id, spoiler, text in rows:
            held = [author_word(account_id), *words_of(spoiler), *words_of(text)]
            values.append({"id": post_id, "words": " ".join(held) if _is_sqlite() else vector(held)})
        connection.execute(insert, values)
    if _is_sqlite():
        op.execute("INSERT INTO post_search (post_search) VALUES ('rebuild')")
    else:
        op.create_index("post_words_words", "post_words", ["words"], postgresql_using="gin")


def _index_names(connection: sa.Connection) -> None:
    insert = sa.text("INSERT INTO account_words (word, account_id) VALUES (:word, :id)")
    found = "SELECT id, username, display_name FROM accounts WHERE id > :after ORDER BY id LIMIT :limit"
    for rows in _batches(connection, found):
        values = [{"word": word, "id": row[0]} for row in rows for word in name_words(row[1], row[2])]
        connection.execute(insert, values)


def _count_tags(connection: sa.Connection) -> None:
    connection.execute(sa.text("INSERT INTO hashtags (name) SELECT DISTINCT tag FROM post_tags"))
    since = f"SELECT (MAX(id) / 65536 / {DAY} - {HISTORY_DAYS}) * {DAY} * 65536 FROM posts"
    connection.execute(
        sa.text(
            "INSERT INTO tag_uses (tag, day, account_id, uses)"
            f" SELECT t.tag, p.created_at / {DAY}, p.account_id, COUNT(*)"
            " FROM posts p JOIN post_tags t ON t.post_id = p.id JOIN accounts a ON a.id = p.account_id"
            f" WHERE p.id > ({since}) AND a.state NOT IN ('silenced', 'suspended', 'deleted')"
            f" GROUP BY t.tag, p.created_at / {DAY}, p.account_id"
        )
    )
    connection.execute(
        sa.text(
            "INSERT INTO tag_days (tag, day, uses, accounts)"
            " SELECT tag, day, SUM(uses), COUNT(*) FROM tag_uses GROUP BY tag, day"
        )
    )


def _heat_posts(connection: sa.Connection) -> None:
    found = (
        "SELECT id, favourites_count + boosts_count, created_at FROM posts WHERE id > :after"
        " AND id > (SELECT MAX(id) FROM posts) - :window AND visibility = 'public' AND boost_of_id IS NULL"
        " AND favourites_count + boosts_count > 0 ORDER BY id LIMIT :limit"
    ).replace(":window", str(2 * DAY << 16))
    insert = sa.text("INSERT INTO post_heat (post_id, heat) VALUES (:id, :heat)")
    for rows in _batches(connection, found):
        connection.execute(insert, [{"id": row[0], "heat": heat_of(row[1], row[2])} for row in rows])


def downgrade() -> None:
    if _is_sqlite():
        op.execute("DROP TABLE post_search")
    for table in ("post_heat", "tag_days", "tag_uses", "hashtags", "account_words", "post_words"):
        op.drop_table(table)
