"""Bookmarks, pins, muted threads, markers, tags that are followed or shown, requests to follow and options.

Revision 0003, on 0001.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _flag(name: str, value: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if value else sa.false())


def _columns() -> dict[str, list[sa.Column[Any]]]:
    """What tables get; columns belong to one table and are made anew for each use."""
    return {
        "accounts": [
            sa.Column("display_key", sa.Text(), nullable=False, server_default=""),
            sa.Column("flags", sa.Integer(), nullable=False, server_default="0"),
        ],
        "logins": [
            _flag("default_sensitive", False),
            sa.Column("default_language", sa.Text(), nullable=False, server_default=""),
        ],
        "follows": [
            _flag("boosts", True),
            _flag("notify", False),
            sa.Column("languages", sa.Text(), nullable=False, server_default=""),
        ],
        "mutes": [_flag("notifications", True), sa.Column("expires_at", ID, nullable=True)],
        "post_tags": [sa.Column("account_id", ID, nullable=False, server_default="0")],
    }


_INDEXES: tuple[tuple[str, str, list[str], dict[str, Any]], ...] = (
    (
        "accounts_names",
        "accounts",
        ["username_key"],
        {"postgresql_ops": {"username_key": "text_pattern_ops"}},
    ),
    (
        "accounts_displayed",
        "accounts",
        ["display_key"],
        {"postgresql_ops": {"display_key": "text_pattern_ops"}},
    ),
    ("posts_account_plain", "posts", ["account_id", "id"], _only("boost_of_id IS NULL")),
    (
        "posts_account_own_plain",
        "posts",
        ["account_id", "id"],
        _only("NOT answer AND boost_of_id IS NULL"),
    ),
    ("favourites_own", "favourites", ["account_id", "id"], {}),
    ("follows_notified", "follows", ["followee_id", "id"], _only("notify")),
    ("notifications_by", "notifications", ["account_id", "actor_id", "id"], {}),
)
_TABLES = (
    "follow_requests",
    "account_notes",
    "bookmarks",
    "pins",
    "thread_mutes",
    "markers",
    "tag_follows",
    "featured_tags",
    "account_tags",
)


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    for name, table, on, options in _INDEXES:
        op.create_index(name, table, on, **options)
    _requests()
    _marks()
    _tags()
    _fold_display_names()
    _fill_tags()
    op.execute(
        "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at)"
        " SELECT account_id, 'notifications', up_to_id, 1, up_to_id >> 16 FROM notification_marks"
    )
    op.drop_table("notification_marks")


def _requests() -> None:
    op.create_table(
        "follow_requests",
        sa.Column("follower_id", ID, nullable=False),
        sa.Column("followee_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("boosts", sa.Boolean(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name="follow_requests_pkey"),
        sa.ForeignKeyConstraint(["follower_id"], ["accounts.id"], name="follow_requests_follower_id_fkey"),
        sa.ForeignKeyConstraint(["followee_id"], ["accounts.id"], name="follow_requests_followee_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("follow_requests_order", "follow_requests", ["followee_id", "id"])
    op.create_table(
        "account_notes",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("about_id", ID, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "about_id", name="account_notes_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="account_notes_account_id_fkey"),
        sa.ForeignKeyConstraint(["about_id"], ["accounts.id"], name="account_notes_about_id_fkey"),
        sqlite_with_rowid=False,
    )


def _marks() -> None:
    for table, key in (("bookmarks", ["post_id", "account_id"]), ("pins", ["post_id"])):
        op.create_table(
            table,
            sa.Column("post_id", ID, nullable=False),
            sa.Column("account_id", ID, nullable=False),
            sa.Column("id", ID, nullable=False),
            sa.Column("created_at", ID, nullable=False),
            sa.PrimaryKeyConstraint(*key, name=f"{table}_pkey"),
            sa.ForeignKeyConstraint(
                ["post_id"], ["posts.id"], name=f"{table}_post_id_fkey", ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"{table}_account_id_fkey"),
            sqlite_with_rowid=False,
        )
        op.create_index(f"{table}_order", table, ["account_id", "id"])
    op.create_table(
        "thread_mutes",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "thread_id", name="thread_mutes_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="thread_mutes_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "markers",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("timeline", sa.Text(), nullable=False),
        sa.Column("last_read_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "timeline", name="markers_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="markers_account_id_fkey"),
        sqlite_with_rowid=False,
    )


def _tags() -> None:
    for table in ("tag_follows", "featured_tags"):
        op.create_table(
            table,
            sa.Column("account_id", ID, nullable=False),
            sa.Column("tag", sa.Text(), nullable=False),
            sa.Column("id", ID, nullable=False),
            sa.Column("created_at", ID, nullable=False),
            sa.PrimaryKeyConstraint("account_id", "tag", name=f"{table}_pkey"),
            sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"{table}_account_id_fkey"),
            sqlite_with_rowid=False,
        )
    op.create_index("tag_follows_order", "tag_follows", ["account_id", "id"])
    op.create_index("featured_tags_id", "featured_tags", ["id"], unique=True)
    op.create_table(
        "account_tags",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "tag", "post_id", name="account_tags_pkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="account_tags_post_id_fkey", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("account_tags_post", "account_tags", ["post_id"])


def _fold_display_names() -> None:
    """Databases fold ASCII alone, or by their own rules."""
    connection = op.get_bind()
    named = connection.execute(sa.text("SELECT id, display_name FROM accounts WHERE display_name <> ''"))
    folded = [{"id": row[0], "key": row[1].casefold()} for row in named]
    if folded:
        connection.execute(sa.text("UPDATE accounts SET display_key = :key WHERE id = :id"), folded)


def _fill_tags() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    tags = (
        "json_each(p.tags) AS t"
        if is_sqlite
        else "json_array_elements_text(CAST(p.tags AS JSON)) AS t(value)"
    )
    op.execute(
        "INSERT INTO account_tags (account_id, tag, post_id, open)"
        " SELECT DISTINCT p.account_id, t.value, p.id, p.visibility IN ('public', 'unlisted')"
        f" FROM posts p, {tags}"
        " WHERE p.tags <> '[]'"
    )
    op.execute(
        "UPDATE post_tags SET account_id ="
        " (SELECT posts.account_id FROM posts WHERE posts.id = post_tags.post_id)"
    )


def downgrade() -> None:
    op.create_table(
        "notification_marks",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("up_to_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="notification_marks_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="notification_marks_account_id_fkey"),
    )
    op.execute(
        "INSERT INTO notification_marks (account_id, up_to_id)"
        " SELECT account_id, last_read_id FROM markers WHERE timeline = 'notifications'"
    )
    # What an older version doesn't know it would not leave out.
    op.execute("DELETE FROM notifications WHERE kind IN ('follow_request', 'status')")
    op.execute("DELETE FROM mutes WHERE expires_at IS NOT NULL")
    for table in reversed(_TABLES):
        op.drop_table(table)
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table, columns in _columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
