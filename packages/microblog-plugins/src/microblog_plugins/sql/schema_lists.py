"""Tables of lists, filters, reports, announcements, emojis, push subscriptions and dismissed suggestions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

Id = BigInteger().with_variant(Integer(), "sqlite")


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def draw(metadata: MetaData) -> None:
    """Add these tables to the schema."""
    _lists(metadata)
    _filters(metadata)
    _reports(metadata)
    _announcements(metadata)
    _push(metadata)
    _suggestions(metadata)


def _lists(metadata: MetaData) -> None:
    lists = Table(
        "lists",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("title", Text, nullable=False),
        Column("replies_policy", Text, nullable=False),
        Column("exclusive", Boolean, nullable=False),
    )
    Index("lists_account", lists.c.account_id, lists.c.id)
    Index("lists_exclusive", lists.c.account_id, **_only("exclusive"))
    members = Table(
        "list_members",
        metadata,
        Column("list_id", Id, ForeignKey("lists.id", ondelete="CASCADE"), nullable=False),
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        # Whose list it is: who is unfollowed leaves all lists of theirs.
        Column("owner_id", Id, nullable=False),
        Column("id", Id, nullable=False),
        Column("created_at", Id, nullable=False),
        PrimaryKeyConstraint("list_id", "account_id"),
        sqlite_with_rowid=False,
    )
    Index("list_members_order", members.c.list_id, members.c.id)
    Index("list_members_owner", members.c.owner_id, members.c.account_id)
    tags = Table(
        "list_tags",
        metadata,
        Column("list_id", Id, ForeignKey("lists.id", ondelete="CASCADE"), nullable=False),
        Column("tag", Text, nullable=False),
        Column("id", Id, nullable=False),
        Column("created_at", Id, nullable=False),
        PrimaryKeyConstraint("list_id", "tag"),
        sqlite_with_rowid=False,
    )
    Index("list_tags_order", tags.c.list_id, tags.c.id)


def _filters(metadata: MetaData) -> None:
    filters = Table(
        "filters",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("title", Text, nullable=False),
        Column("context", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("expires_at", Id),
    )
    Index("filters_account", filters.c.account_id, filters.c.id)
    keywords = Table(
        "filter_keywords",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("filter_id", Id, ForeignKey("filters.id", ondelete="CASCADE"), nullable=False),
        Column("keyword", Text, nullable=False),
        Column("whole_word", Boolean, nullable=False),
    )
    Index("filter_keywords_filter", keywords.c.filter_id, keywords.c.id)
    statuses = Table(
        "filter_statuses",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("filter_id", Id, ForeignKey("filters.id", ondelete="CASCADE"), nullable=False),
        Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
        UniqueConstraint("filter_id", "post_id", name="filter_statuses_post_once"),
    )
    Index("filter_statuses_filter", statuses.c.filter_id, statuses.c.id)
    Index("filter_statuses_post", statuses.c.post_id)


def _reports(metadata: MetaData) -> None:
    reports = Table(
        "reports",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("reporter_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("target_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("post_ids", Text, nullable=False),
        Column("comment", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("rule_ids", Text, nullable=False),
        Column("forwarded", Boolean, nullable=False),
        Column("created_at", Id, nullable=False),
        Column("state", Text, nullable=False),
        Column("action_taken_at", Id),
        Column("assigned_id", Id, ForeignKey("accounts.id")),
    )
    Index("reports_state", reports.c.state, reports.c.id)
    Index("reports_target", reports.c.target_id, reports.c.id)
    Index("reports_reporter", reports.c.reporter_id)
    Index("reports_assigned", reports.c.assigned_id, reports.c.id, **_only("state = 'open'"))


def _announcements(metadata: MetaData) -> None:
    announcements = Table(
        "announcements",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("text", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("starts_at", Id),
        Column("ends_at", Id),
        Column("published", Boolean, nullable=False),
        Column("created_at", Id, nullable=False),
    )
    Index("announcements_published", announcements.c.id, **_only("published"))
    Table(
        "announcement_reads",
        metadata,
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("announcement_id", Id, ForeignKey("announcements.id", ondelete="CASCADE"), nullable=False),
        PrimaryKeyConstraint("account_id", "announcement_id"),
        Index("announcement_reads_announcement", "announcement_id"),
        sqlite_with_rowid=False,
    )
    Table(
        "announcement_reactions",
        metadata,
        Column("announcement_id", Id, ForeignKey("announcements.id", ondelete="CASCADE"), nullable=False),
        Column("name", Text, nullable=False),
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("created_at", Id, nullable=False),
        PrimaryKeyConstraint("announcement_id", "name", "account_id"),
        sqlite_with_rowid=False,
    )
    Table(
        "custom_emojis",
        metadata,
        Column("shortcode", Text, primary_key=True),
        Column("picture_key", Text, nullable=False),
        Column("static_key", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("visible_in_picker", Boolean, nullable=False),
        Column("disabled", Boolean, nullable=False),
        Column("folded", Text, nullable=False, server_default=""),
        Column("size", Integer, nullable=False, server_default="0"),
        Index("custom_emojis_folded", "folded", unique=True),
    )


def _push(metadata: MetaData) -> None:
    subscriptions = Table(
        "push_subscriptions",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("token_id", Id, nullable=False),
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("endpoint", Text, nullable=False),
        Column("p256dh", Text, nullable=False),
        Column("auth", Text, nullable=False),
        Column("alerts", Text, nullable=False),
        Column("policy", Text, nullable=False),
        Column("standard", Boolean, nullable=False),
        Column("created_at", Id, nullable=False),
        Column("sealed_token", Text, nullable=False, server_default=""),
        UniqueConstraint("token_id", name="push_subscriptions_token"),
    )
    Index("push_subscriptions_account", subscriptions.c.account_id, subscriptions.c.id)


def _suggestions(metadata: MetaData) -> None:
    accounts = metadata.tables["accounts"]
    Index("accounts_popular", accounts.c.followers_count, accounts.c.id, **_only("state = 'active'"))
    wrote = _only("domain = '' AND state = 'active' AND last_post_at IS NOT NULL")
    Index("accounts_active", accounts.c.last_post_at, accounts.c.id, **wrote)
    Table(
        "dismissed_suggestions",
        metadata,
        Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("dismissed_id", Id, ForeignKey("accounts.id"), nullable=False),
        Column("created_at", Id, nullable=False),
        PrimaryKeyConstraint("account_id", "dismissed_id"),
        sqlite_with_rowid=False,
    )
