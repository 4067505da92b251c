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
    "posts_pkey": ("id", "posts.id"),
    "posts_boost_once": ("boost", "posts.boost_of_id, posts.account_id"),
    "post_edits_pkey": ("version", "post_edits.post_id, post_edits.version"),
    "favourites_pkey": ("favourite", "favourites.post_id, favourites.account_id"),
    "follows_pkey": ("follow", "follows.follower_id, follows.followee_id"),
    "blocks_pkey": ("blocked", "blocks.blocker_id, blocks.blocked_id"),
    "mutes_pkey": ("muted", "mutes.muter_id, mutes.muted_id"),
    "media_pkey": ("id", "media.id"),
    "notifications_pkey": ("id", "notifications.id"),
    "jobs_pkey": ("id", "jobs.id"),
    "audit_pkey": ("id", "audit.id"),
    "idempotency_keys_pkey": ("key", "idempotency_keys.account_id, idempotency_keys.key"),
}
_BY_COLUMNS = {columns: guard for guard, columns in _GUARDS.values()}

_MESSAGES = {
    "id": "Something with this id is stored already.",
    "username": "This name, or one that looks like it, is taken.",
    "email": "This address belongs to another account.",
    "boost": "It is boosted already.",
    "version": "It was edited in between.",
    "favourite": "It is a favourite already.",
    "follow": "This person is followed already.",
    "blocked": "This person is blocked already.",
    "muted": "This person is muted already.",
    "key": "This idempotency key was used before.",
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
