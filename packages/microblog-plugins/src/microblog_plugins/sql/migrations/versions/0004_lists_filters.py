"""Lists, filters, reports, announcements, emojis, push subscriptions and dismissed suggestions.

Revision 0004, on 0001.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _lists()
    _filters()
    _reports()
    _announcements()
    _push()
    _suggestions()


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("replies_policy", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="lists_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="lists_account_id_fkey"),
    )
    op.create_index("lists_account", "lists", ["account_id", "id"])
    op.create_index("lists_exclusive", "lists", ["account_id"], **_only("exclusive"))
    op.create_table(
        "list_members",
        sa.Column("list_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "account_id", name="list_members_pkey"),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name="list_members_list_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="list_members_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("list_members_order", "list_members", ["list_id", "id"])
    op.create_index("list_members_owner", "list_members", ["owner_id", "account_id"])


def _filters() -> None:
    op.create_table(
        "filters",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("expires_at", ID),
        sa.PrimaryKeyConstraint("id", name="filters_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="filters_account_id_fkey"),
    )
    op.create_index("filters_account", "filters", ["account_id", "id"])
    op.create_table(
        "filter_keywords",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("filter_id", ID, nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="filter_keywords_pkey"),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name="filter_keywords_filter_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("filter_keywords_filter", "filter_keywords", ["filter_id", "id"])
    op.create_table(
        "filter_statuses",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("filter_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="filter_statuses_pkey"),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name="filter_statuses_filter_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="filter_statuses_post_id_fkey", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("filter_id", "post_id", name="filter_statuses_post_once"),
    )
    op.create_index("filter_statuses_filter", "filter_statuses", ["filter_id", "id"])
    op.create_index("filter_statuses_post", "filter_statuses", ["post_id"])


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("reporter_id", ID, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("post_ids", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rule_ids", sa.Text(), nullable=False),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("action_taken_at", ID),
        sa.Column("assigned_id", ID),
        sa.PrimaryKeyConstraint("id", name="reports_pkey"),
        sa.ForeignKeyConstraint(["reporter_id"], ["accounts.id"], name="reports_reporter_id_fkey"),
        sa.ForeignKeyConstraint(["target_id"], ["accounts.id"], name="reports_target_id_fkey"),
        sa.ForeignKeyConstraint(["assigned_id"], ["accounts.id"], name="reports_assigned_id_fkey"),
    )
    op.create_index("reports_state", "reports", ["state", "id"])


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("starts_at", ID),
        sa.Column("ends_at", ID),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="announcements_pkey"),
    )
    op.create_index("announcements_published", "announcements", ["id"], **_only("published"))
    op.create_table(
        "announcement_reads",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("announcement_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "announcement_id", name="announcement_reads_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="announcement_reads_account_id_fkey"),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="announcement_reads_announcement_id_fkey",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("announcement_reads_announcement", "announcement_reads", ["announcement_id"])
    op.create_table(
        "announcement_reactions",
        sa.Column("announcement_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("announcement_id", "name", "account_id", name="announcement_reactions_pkey"),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="announcement_reactions_announcement_id_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="announcement_reactions_account_id_fkey"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "custom_emojis",
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("picture_key", sa.Text(), nullable=False),
        sa.Column("static_key", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("visible_in_picker", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("shortcode", name="custom_emojis_pkey"),
    )


def _push() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("token_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="push_subscriptions_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="push_subscriptions_account_id_fkey"),
        sa.UniqueConstraint("token_id", name="push_subscriptions_token"),
    )
    op.create_index("push_subscriptions_account", "push_subscriptions", ["account_id", "id"])


def _suggestions() -> None:
    op.create_index("accounts_popular", "accounts", ["followers_count", "id"], **_only("state = 'active'"))
    op.create_table(
        "dismissed_suggestions",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("dismissed_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "dismissed_id", name="dismissed_suggestions_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="dismissed_suggestions_account_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["dismissed_id"], ["accounts.id"], name="dismissed_suggestions_dismissed_id_fkey"
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_index("accounts_popular", "accounts")
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = (
    "lists",
    "list_members",
    "filters",
    "filter_keywords",
    "filter_statuses",
    "reports",
    "announcements",
    "announcement_reads",
    "announcement_reactions",
    "custom_emojis",
    "push_subscriptions",
    "dismissed_suggestions",
)
