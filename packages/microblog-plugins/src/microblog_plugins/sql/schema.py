"""The tables, as SQLAlchemy Core knows them: for the migrations, and for nothing else.

What runs on a request is plain SQL (`reads`, `writes`); this module is imported by the schema tools alone.
The names of unique constraints and indexes are those that `errors` maps to guards.

Wide rows are read by id, and every listing has an index in its own order. Tables whose key is all that one
looks up by have no row id in SQLite, so that the key is the table. Home rows have no foreign keys: they are
candidates, joined with what still exists on reading, and the checks would double what publishing costs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from microblog_plugins.sql import schema_lists

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)

# An id is SQLite's row id only if its column is exactly INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("username", Text, nullable=False),
    Column("username_key", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("skeleton", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("bio", Text, nullable=False),
    Column("bio_html", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("bot", Boolean, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("posts_count", Integer, nullable=False),
    Column("followers_count", Integer, nullable=False),
    Column("following_count", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # Grows with each change of the row, counts included (`kept`).
    Column("revision", Integer, nullable=False, server_default="0"),
    # When they last wrote a post that everybody may see.
    Column("last_post_at", Id),
    Column("pulled", Boolean, nullable=False, server_default=false()),
    Column("avatar", Text, nullable=False, server_default=""),
    Column("avatar_description", Text, nullable=False, server_default=""),
    Column("header", Text, nullable=False, server_default=""),
    Column("header_description", Text, nullable=False, server_default=""),
    # What people chose beside texts, one bit each (`rows.AccountFlag`): every line of a listing carries it.
    Column("flags", Integer, nullable=False, server_default="0"),
    UniqueConstraint("username_key", "domain", name="accounts_username"),
    CheckConstraint(
        "state IN ('active', 'disabled', 'silenced', 'suspended', 'deleted', 'pending', 'leaving')",
        name="state",
    ),
)
Index("accounts_skeleton", accounts.c.skeleton, unique=True, **only("domain = ''"))
Index("accounts_local", accounts.c.id, **only("domain = ''"))
Index("accounts_pulled", accounts.c.id, **only("pulled"))
# For moderators: most people are members, and active.
Index("accounts_role", accounts.c.role, accounts.c.id, **only("domain = '' AND role <> 'member'"))
Index("accounts_state", accounts.c.state, accounts.c.id, **only("domain = '' AND state <> 'active'"))

logins = Table(
    "logins",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("default_visibility", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("password_changed_at", Id, nullable=False),
    Column("default_sensitive", Boolean, nullable=False, server_default=false()),
    Column("default_language", Text, nullable=False, server_default=""),
    Column("email_confirmed_at", Id, nullable=False, server_default="0"),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default=""),
    Column("density", Text, nullable=False, server_default=""),
    Column("motion", Text, nullable=False, server_default=""),
    UniqueConstraint("email_key", name="logins_email"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", Id, nullable=False),
    Column("expires_at", Id, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
Index("sessions_account", sessions.c.account_id, sessions.c.created_at)
Index("sessions_expired", sessions.c.expires_at)
Index("sessions_addresses", sessions.c.created_at, **only("address <> ''"))

posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("uri", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("spoiler", Text, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("in_reply_to_id", Id),
    Column("in_reply_to_account_id", Id),
    Column("thread_id", Id, nullable=False),
    Column("boost_of_id", Id, ForeignKey("posts.id", ondelete="CASCADE")),
    Column("mentions", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("poll_id", Id),
    Column("quote_of_id", Id),
    Column("quote_policy", Text, nullable=False, server_default="public"),
    Column("quote_state", Text, nullable=False, server_default="accepted"),
    Column("reply_policy", Text, nullable=False, server_default="public"),
    Column("application_id", Id),
    Column("members_of_id", Id),
    Column("teaser_for_members", Boolean, nullable=False, server_default=false()),
    Column("delivery", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("edited_at", Id),
    Column("version", Integer, nullable=False),
    # Grows with each change of the row, counts included (`kept`).
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("replies_count", Integer, nullable=False),
    Column("boosts_count", Integer, nullable=False),
    Column("favourites_count", Integer, nullable=False),
    Column("quotes_count", Integer, nullable=False, server_default="0"),
    # Whether it answers somebody else, and whether the public timeline has it: for the partial indexes.
    Column("answer", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("attachments", Text, nullable=False, server_default="[]"),
    Column("has_media", Boolean, nullable=False, server_default=false()),
    # Since when it is hidden that was deleted and can be brought back for a moment.
    Column("hidden_at", Id),
    CheckConstraint(
        "visibility IN ('public', 'unlisted', 'followers', 'members', 'direct')", name="visibility"
    ),
    CheckConstraint("delivery IN ('rows', 'pulled')", name="delivery"),
)
Index("posts_account", posts.c.account_id, posts.c.id)
Index("posts_account_own", posts.c.account_id, posts.c.id, **only("NOT answer"))
Index("posts_account_plain", posts.c.account_id, posts.c.id, **only("boost_of_id IS NULL"))
Index(
    "posts_account_own_plain",
    posts.c.account_id,
    posts.c.id,
    **only("NOT answer AND boost_of_id IS NULL"),
)
Index("posts_hidden", posts.c.hidden_at, **only("hidden_at IS NOT NULL"))
Index("posts_account_pulled", posts.c.account_id, posts.c.id, **only("delivery = 'pulled'"))
Index("posts_listed", posts.c.id, **only("listed"))
Index("posts_account_media", posts.c.account_id, posts.c.id, **only("has_media"))
Index("posts_listed_media", posts.c.id, **only("listed AND has_media"))
Index("posts_thread", posts.c.thread_id, posts.c.id, posts.c.in_reply_to_id, **only("boost_of_id IS NULL"))
Index("posts_boosts", posts.c.boost_of_id, posts.c.id, **only("boost_of_id IS NOT NULL"))
Index(
    "posts_boost_once",
    posts.c.boost_of_id,
    posts.c.account_id,
    unique=True,
    **only("boost_of_id IS NOT NULL"),
)

post_mentions = Table(
    "post_mentions",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, nullable=False),
    PrimaryKeyConstraint("post_id", "account_id"),
    sqlite_with_rowid=False,
)

post_tags = Table(
    "post_tags",
    metadata,
    Column("tag", Text, nullable=False),
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("has_media", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("tag", "post_id"),
    sqlite_with_rowid=False,
)
Index("post_tags_post", post_tags.c.post_id)
Index("post_tags_media", post_tags.c.tag, post_tags.c.post_id, **only("has_media"))

post_edits = Table(
    "post_edits",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("spoiler", Text, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("attachments", Text, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("post_id", "version"),
)

favourites = Table(
    "favourites",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("post_id", "account_id"),
    sqlite_with_rowid=False,
)
Index("favourites_order", favourites.c.post_id, favourites.c.id)
Index("favourites_own", favourites.c.account_id, favourites.c.id)

follows = Table(
    "follows",
    metadata,
    Column("follower_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("followee_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("boosts", Boolean, nullable=False, server_default=true()),
    Column("notify", Boolean, nullable=False, server_default=false()),
    # A blank before and after each one, or nothing for all.
    Column("languages", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("follower_id", "followee_id"),
    sqlite_with_rowid=False,
)
Index("follows_notified", follows.c.followee_id, follows.c.id, **only("notify"))
Index("follows_order", follows.c.follower_id, follows.c.id)
Index("follows_followers", follows.c.followee_id, follows.c.id, follows.c.follower_id)

blocks = Table(
    "blocks",
    metadata,
    Column("blocker_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("blocked_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    PrimaryKeyConstraint("blocker_id", "blocked_id"),
    sqlite_with_rowid=False,
)
Index("blocks_order", blocks.c.blocker_id, blocks.c.id)

mutes = Table(
    "mutes",
    metadata,
    Column("muter_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("muted_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("notifications", Boolean, nullable=False, server_default=true()),
    Column("expires_at", Id),
    PrimaryKeyConstraint("muter_id", "muted_id"),
    sqlite_with_rowid=False,
)
Index("mutes_order", mutes.c.muter_id, mutes.c.id)

home_rows = Table(
    "home_rows",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("post_id", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "post_id"),
    sqlite_with_rowid=False,
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE")),
    Column("created_at", Id, nullable=False),
)
Index("notifications_order", notifications.c.account_id, notifications.c.id)
Index("notifications_by", notifications.c.account_id, notifications.c.actor_id, notifications.c.id)
Index("notifications_actor", notifications.c.actor_id, notifications.c.account_id, notifications.c.kind)
Index("notifications_post", notifications.c.post_id, **only("post_id IS NOT NULL"))

# A medium outlives its post, so that the post can be written anew with it: no foreign key. `unattached_at`
# is the moment since when it belongs to none.
media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stem", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("preview_key", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("preview_width", Integer, nullable=False),
    Column("preview_height", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("focus_x", Double, nullable=False),
    Column("focus_y", Double, nullable=False),
    Column("blurhash", Text, nullable=False),
    Column("size", Id, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("post_id", Id),
    Column("error", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("unattached_at", Id),
    Column("scheduled_id", Id),
    CheckConstraint("state IN ('processing', 'ready', 'failed')", name="state"),
)
Index("media_post", media.c.post_id, **only("post_id IS NOT NULL"))
Index("media_scheduled", media.c.scheduled_id, **only("scheduled_id IS NOT NULL"))
Index("media_unattached", media.c.unattached_at, media.c.id, **only("unattached_at IS NOT NULL"))

# The tables of other rooms register themselves.
from microblog_plugins.sql import schema_applications as schema_applications  # noqa: E402
from microblog_plugins.sql import schema_archives as schema_archives  # noqa: E402
from microblog_plugins.sql import schema_campaigns as schema_campaigns  # noqa: E402
from microblog_plugins.sql import schema_deliveries as schema_deliveries  # noqa: E402
from microblog_plugins.sql import schema_marks as schema_marks  # noqa: E402
from microblog_plugins.sql import schema_moderation as schema_moderation  # noqa: E402
from microblog_plugins.sql import schema_payments as schema_payments  # noqa: E402
from microblog_plugins.sql import schema_polls as schema_polls  # noqa: E402
from microblog_plugins.sql import schema_search as schema_search  # noqa: E402
from microblog_plugins.sql import schema_signing_up as schema_signing_up  # noqa: E402
from microblog_plugins.sql import schema_site as schema_site  # noqa: E402
from microblog_plugins.sql import schema_statistics as schema_statistics  # noqa: E402
from microblog_plugins.sql import schema_webhooks as schema_webhooks  # noqa: E402
from microblog_plugins.sql import schema_work as schema_work  # noqa: E402

schema_lists.draw(metadata)
