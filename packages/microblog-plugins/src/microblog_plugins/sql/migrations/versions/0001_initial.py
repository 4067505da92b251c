"""The first schema.

Revision 0001, on nothing.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _people()
    _posts()
    _relations()
    _rest()


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("bio_html", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("posts_count", sa.Integer(), nullable=False),
        sa.Column("followers_count", sa.Integer(), nullable=False),
        sa.Column("following_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pulled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="accounts_pkey"),
        sa.CheckConstraint(
            "state IN ('active', 'disabled', 'silenced', 'suspended', 'deleted')", name=op.f("accounts_state")
        ),
        sa.UniqueConstraint("username_key", "domain", name="accounts_username"),
    )
    op.create_index("accounts_local", "accounts", ["id"], **_only("domain = ''"))
    op.create_index("accounts_pulled", "accounts", ["id"], **_only("pulled"))
    op.create_index("accounts_skeleton", "accounts", ["skeleton"], unique=True, **_only("domain = ''"))
    op.create_table(
        "logins",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("default_visibility", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("password_changed_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="logins_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="logins_account_id_fkey"),
        sa.UniqueConstraint("email_key", name="logins_email"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="sessions_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="sessions_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_account", "sessions", ["account_id", "created_at"])


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("in_reply_to_id", ID),
        sa.Column("in_reply_to_account_id", ID),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("boost_of_id", ID),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("edited_at", ID),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replies_count", sa.Integer(), nullable=False),
        sa.Column("boosts_count", sa.Integer(), nullable=False),
        sa.Column("favourites_count", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="posts_pkey"),
        sa.CheckConstraint("delivery IN ('rows', 'pulled')", name=op.f("posts_delivery")),
        sa.CheckConstraint(
            "visibility IN ('public', 'unlisted', 'followers', 'members', 'direct')",
            name=op.f("posts_visibility"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="posts_account_id_fkey"),
        sa.ForeignKeyConstraint(
            ["boost_of_id"], ["posts.id"], name="posts_boost_of_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("posts_account", "posts", ["account_id", "id"])
    op.create_index("posts_account_own", "posts", ["account_id", "id"], **_only("NOT answer"))
    op.create_index("posts_account_pulled", "posts", ["account_id", "id"], **_only("delivery = 'pulled'"))
    op.create_index(
        "posts_boost_once",
        "posts",
        ["boost_of_id", "account_id"],
        unique=True,
        **_only("boost_of_id IS NOT NULL"),
    )
    op.create_index("posts_boosts", "posts", ["boost_of_id", "id"], **_only("boost_of_id IS NOT NULL"))
    op.create_index("posts_listed", "posts", ["id"], **_only("listed"))
    op.create_index(
        "posts_thread", "posts", ["thread_id", "id", "in_reply_to_id"], **_only("boost_of_id IS NULL")
    )
    op.create_table(
        "post_mentions",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "account_id", name="post_mentions_pkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="post_mentions_post_id_fkey", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("tag", "post_id", name="post_tags_pkey"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="post_tags_post_id_fkey", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("post_tags_post", "post_tags", ["post_id"])
    op.create_table(
        "post_edits",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "version", name="post_edits_pkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="post_edits_post_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "favourites",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "account_id", name="favourites_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="favourites_account_id_fkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="favourites_post_id_fkey", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("favourites_order", "favourites", ["post_id", "id"])


def _relations() -> None:
    op.create_table(
        "follows",
        sa.Column("follower_id", ID, nullable=False),
        sa.Column("followee_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name="follows_pkey"),
        sa.ForeignKeyConstraint(["followee_id"], ["accounts.id"], name="follows_followee_id_fkey"),
        sa.ForeignKeyConstraint(["follower_id"], ["accounts.id"], name="follows_follower_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("follows_followers", "follows", ["followee_id", "id", "follower_id"])
    op.create_index("follows_order", "follows", ["follower_id", "id"])
    op.create_table(
        "blocks",
        sa.Column("blocker_id", ID, nullable=False),
        sa.Column("blocked_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name="blocks_pkey"),
        sa.ForeignKeyConstraint(["blocked_id"], ["accounts.id"], name="blocks_blocked_id_fkey"),
        sa.ForeignKeyConstraint(["blocker_id"], ["accounts.id"], name="blocks_blocker_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("blocks_order", "blocks", ["blocker_id", "id"])
    op.create_table(
        "mutes",
        sa.Column("muter_id", ID, nullable=False),
        sa.Column("muted_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("muter_id", "muted_id", name="mutes_pkey"),
        sa.ForeignKeyConstraint(["muted_id"], ["accounts.id"], name="mutes_muted_id_fkey"),
        sa.ForeignKeyConstraint(["muter_id"], ["accounts.id"], name="mutes_muter_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("mutes_order", "mutes", ["muter_id", "id"])
    op.create_table(
        "home_rows",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "post_id", name="home_rows_pkey"),
        sqlite_with_rowid=False,
    )


def _rest() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("post_id", ID),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="notifications_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="notifications_account_id_fkey"),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name="notifications_actor_id_fkey"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="notifications_post_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("notifications_actor", "notifications", ["actor_id", "account_id", "kind"])
    op.create_index("notifications_order", "notifications", ["account_id", "id"])
    op.create_index("notifications_post", "notifications", ["post_id"], **_only("post_id IS NOT NULL"))
    op.create_table(
        "notification_marks",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("up_to_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="notification_marks_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="notification_marks_account_id_fkey"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_until", ID, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("ready_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="jobs_pkey"),
        sa.CheckConstraint("state IN ('queued', 'leased', 'dead')", name=op.f("jobs_state")),
        sa.UniqueConstraint("kind", "key", name="jobs_key"),
    )
    op.create_index("jobs_dead", "jobs", ["id"], **_only("state = 'dead'"))
    op.create_index("jobs_ready", "jobs", ["ready_at", "id"], **_only("state <> 'dead'"))
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("actor_id", ID),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_pkey"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("result_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name="idempotency_keys_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plugin_values",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "key", name="plugin_values_pkey"),
    )
    op.create_table(
        "changes",
        sa.Column("seq", ID, nullable=False, autoincrement=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="changes_pkey"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = (
    "accounts",
    "logins",
    "sessions",
    "posts",
    "post_mentions",
    "post_tags",
    "post_edits",
    "favourites",
    "follows",
    "blocks",
    "mutes",
    "home_rows",
    "notifications",
    "notification_marks",
    "jobs",
    "audit",
    "idempotency_keys",
    "plugin_values",
    "changes",
)
