"""The seam where drivers' errors become domain errors: guards by constraint, and what means that the database
doesn't answer.

SQLite names the columns of a unique constraint that failed, PostgreSQL its name; both lead to the guard that
the operation's docstring promises. A foreign key that points at nothing is the guard `exists`.
"""

from __future__ import annotations

from microblog_core.domain.errors import Conflict

_GUARDS = {
    "accounts_pkey": ("id", "accounts.id"),
    "accounts_username": ("username", "accounts.username_key, accounts.domain"),
    "accounts_skeleton": ("username", "accounts.skeleton"),
    "logins_email": ("email", "logins.email_key"),
    "logins_pkey": ("id", "logins.account_id"),
    "sessions_pkey": ("id", "sessions.token_hash"),
    "applications_pkey": ("id", "applications.id"),
    "applications_client": ("client_id", "applications.client_id"),
    "authorization_codes_pkey": ("id", "authorization_codes.code_hash"),
    "access_tokens_pkey": ("id", "access_tokens.token_hash"),
    "access_tokens_id": ("id", "access_tokens.id"),
    "posts_pkey": ("id", "posts.id"),
    "posts_boost_once": ("boost", "posts.boost_of_id, posts.account_id"),
    "post_edits_pkey": ("version", "post_edits.post_id, post_edits.version"),
    "favourites_pkey": ("favourite", "favourites.post_id, favourites.account_id"),
    "bookmarks_pkey": ("bookmark", "bookmarks.post_id, bookmarks.account_id"),
    "pins_pkey": ("pin", "pins.post_id"),
    "thread_mutes_pkey": ("thread", "thread_mutes.account_id, thread_mutes.thread_id"),
    "tag_follows_pkey": ("tag", "tag_follows.account_id, tag_follows.tag"),
    "featured_tags_pkey": ("featured", "featured_tags.account_id, featured_tags.tag"),
    "featured_tags_id": ("id", "featured_tags.id"),
    "follow_requests_pkey": ("request", "follow_requests.follower_id, follow_requests.followee_id"),
    "follows_pkey": ("follow", "follows.follower_id, follows.followee_id"),
    "blocks_pkey": ("blocked", "blocks.blocker_id, blocks.blocked_id"),
    "mutes_pkey": ("muted", "mutes.muter_id, mutes.muted_id"),
    "polls_pkey": ("id", "polls.id"),
    "poll_votes_pkey": ("vote", "poll_votes.poll_id, poll_votes.account_id"),
    "scheduled_posts_pkey": ("id", "scheduled_posts.id"),
    "conversations_pkey": ("id", "conversations.id"),
    "media_pkey": ("id", "media.id"),
    "notifications_pkey": ("id", "notifications.id"),
    "lists_pkey": ("id", "lists.id"),
    "reports_pkey": ("id", "reports.id"),
    "strikes_pkey": ("id", "strikes.id"),
    "report_notes_pkey": ("id", "report_notes.id"),
    "campaigns_pkey": ("id", "campaigns.id"),
    "exports_pkey": ("id", "exports.id"),
    "imports_pkey": ("id", "imports.id"),
    "import_problems_pkey": ("id", "import_problems.id"),
    "announcements_pkey": ("id", "announcements.id"),
    "custom_emojis_folded": ("shortcode", "custom_emojis.folded"),
    "site_texts_pkey": ("id", "site_texts.id"),
    "site_texts_next": ("version", "site_texts.name, site_texts.previous_id"),
    "push_subscriptions_pkey": ("id", "push_subscriptions.id"),
    "webhooks_pkey": ("id", "webhooks.id"),
    "invitations_pkey": ("id", "invitations.id"),
    "invitations_code": ("code", "invitations.code"),
    "mail_blocks_pkey": ("id", "mail_blocks.id"),
    "mail_blocks_pattern": ("pattern", "mail_blocks.pattern"),
    "payments_pkey": ("id", "payments.id"),
    "payments_gateway": ("gateway_id", "payments.gateway, payments.gateway_id"),
    "payees_pkey": ("id", "payees.account_id"),
    "gateway_webhooks_pkey": ("id", "gateway_webhooks.id"),
    "ledger_lines_pkey": ("version", "ledger_lines.entry_id, ledger_lines.account"),
    "ledger_entries_pkey": ("version", "ledger_entries.id"),
    "ledger_entries_sequence": ("version", "ledger_entries.payment_id, ledger_entries.sequence"),
    "tiers_pkey": ("id", "tiers.id"),
    "memberships_pkey": ("id", "memberships.id"),
    "memberships_live": ("membership", "memberships.member_id, memberships.author_id"),
    "memberships_gateway": ("gateway_id", "memberships.gateway, memberships.gateway_id"),
    "gateway_webhooks_event": ("webhook", "gateway_webhooks.gateway, gateway_webhooks.event_id"),
    "filters_pkey": ("id", "filters.id"),
    "filter_keywords_pkey": ("id", "filter_keywords.id"),
    "filter_statuses_pkey": ("id", "filter_statuses.id"),
    "filter_statuses_post_once": ("filtered", "filter_statuses.filter_id, filter_statuses.post_id"),
    "jobs_pkey": ("id", "jobs.id"),
    "audit_pkey": ("id", "audit.id"),
    "plugin_values_pkey": ("value", "plugin_values.plugin, plugin_values.key"),
    "idempotency_keys_pkey": ("key", "idempotency_keys.account_id, idempotency_keys.key"),
}
_BY_COLUMNS = {columns: guard for guard, columns in _GUARDS.values()}

_MESSAGES = {
    "id": "Something with this id is stored already.",
    "username": "This name, or one that looks like it, is taken.",
    "email": "This address belongs to another account.",
    "client_id": "An application with this client id exists.",
    "boost": "It is boosted already.",
    "version": "It was edited in between.",
    "favourite": "It is a favourite already.",
    "bookmark": "It is a bookmark already.",
    "pin": "It is pinned already.",
    "thread": "It is muted already.",
    "code": "An invitation with this code exists.",
    "pattern": "This is blocked already.",
    "tag": "This hashtag is followed already.",
    "featured": "This hashtag is shown already.",
    "request": "This person was asked already.",
    "follow": "This person is followed already.",
    "blocked": "This person is blocked already.",
    "muted": "This person is muted already.",
    "vote": "This person voted already.",
    "gateway_id": "This is known already.",
    "membership": "There is a membership already.",
    "webhook": "This webhook came before.",
    "filtered": "The filter matches this post already.",
    "key": "This idempotency key was used before.",
    "value": "There is such a value.",
    "exists": "What this is about is gone.",
    "unique": "The same is stored already.",
}


def conflict(guard: str) -> Conflict:
    """The error of a guard."""
    return Conflict(_MESSAGES[guard], guard=guard)


def guard_of_columns(columns: str) -> str:
    """The guard of a unique constraint as SQLite names it: `table.column, table.column`."""
    return _BY_COLUMNS.get(columns, "unique")


def guard_of_constraint(name: str) -> str:
    """The guard of a unique constraint as PostgreSQL names it."""
    return _GUARDS[name][0] if name in _GUARDS else "unique"
