"""Leaving: an account is hidden, comes back, or what is left of it goes, a bounded number of rows at once."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddDeparture,
    DeleteFavourite,
    DeleteFollow,
    EndDeparture,
    EraseAccount,
    FinishDeparture,
    SetAccountState,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.accounts import set_account_state
from microblog_plugins.sql.writes.media import release
from microblog_plugins.sql.writes.posts import delete_favourite
from microblog_plugins.sql.writes.relations import delete_follow

_STATE = "SELECT state FROM accounts WHERE id = :account{locked}"
_DEPART = (
    "INSERT INTO departures (account_id, state, left_at, due_at) VALUES (:account, :state, :left_at, :due_at)"
    " ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, left_at = excluded.left_at,"
    " due_at = excluded.due_at"
)
_RETURN = "DELETE FROM departures WHERE account_id = :account AND due_at > :at RETURNING state"

_OWN: tuple[tuple[str, str, str], ...] = (
    # Votes stay counted, but nobody knows whose they were.
    ("poll_votes", "poll_id, account_id", "account_id"),
    ("bookmarks", "post_id, account_id", "account_id"),
    ("pins", "post_id", "account_id"),
    ("thread_mutes", "account_id, thread_id", "account_id"),
    ("markers", "account_id, timeline", "account_id"),
    ("tag_follows", "account_id, tag", "account_id"),
    ("featured_tags", "account_id, tag", "account_id"),
    ("delivery_preferences", "account_id, channel, kind", "account_id"),
    ("deliveries", "account_id, channel, frequency, notification_id", "account_id"),
    ("account_notes", "account_id, about_id", "account_id"),
    ("blocks", "blocker_id, blocked_id", "blocker_id"),
    ("mutes", "muter_id, muted_id", "muter_id"),
    ("follow_requests", "follower_id, followee_id", "follower_id"),
    ("follow_requests", "follower_id, followee_id", "followee_id"),
    ("home_rows", "account_id, post_id", "account_id"),
    ("announcement_reads", "account_id, announcement_id", "account_id"),
    ("announcement_reactions", "announcement_id, name, account_id", "account_id"),
    ("dismissed_suggestions", "account_id, dismissed_id", "account_id"),
    ("direct_posts", "account_id, post_id", "account_id"),
    ("conversations", "id", "account_id"),
    ("idempotency_keys", "account_id, key", "account_id"),
    ("list_members", "list_id, account_id", "owner_id"),
    ("lists", "id", "account_id"),
    ("filters", "id", "account_id"),
    ("webhooks", "id", "account_id"),
    ("invitations", "id", "account_id"),
    ("notifications", "id", "account_id"),
    ("notifications", "id", "actor_id"),
    ("news_refusals", "account_id", "account_id"),
    ("sign_ups", "account_id", "account_id"),
    ("imported", "account_id, source", "account_id"),
    ("payees", "account_id", "account_id"),
)
"""Tables, their keys, and the column by which rows are the account's; members go before their lists."""

_COUNTED = (
    ("follows", "follower_id"),
    ("follows", "followee_id"),
    ("favourites", "account_id"),
    ("scheduled_posts", "account_id"),
)
_UNATTACHED = (
    "SELECT id FROM media WHERE unattached_at IS NOT NULL AND unattached_at > 0 AND account_id = :account"
)

_TEXTS = (
    ("payments", "payer_id", "note"),
    ("payments", "payer_id", "description"),
    ("payments", "payee_id", "note"),
    ("payments", "payee_id", "description"),
    ("memberships", "member_id", "description"),
    ("memberships", "author_id", "description"),
    ("tiers", "account_id", "name"),
    ("tiers", "account_id", "description"),
)
"""What stays for the sake of the ledger, and loses its words: tables, the column by which rows are the
account's, and the text.
"""

LEFTOVERS = (
    "SELECT 1 FROM accounts a WHERE a.id = :account AND a.state = 'deleted' AND ("
    + " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {column} = :account)"
        for table, column in (*_COUNTED, *((table, column) for table, _, column in _OWN))
    )
    + "".join(
        f" OR EXISTS (SELECT 1 FROM {table} WHERE {column} = :account AND {text} <> '')"
        for table, column, text in _TEXTS
    )
    + f" OR EXISTS ({_UNATTACHED}))"
)


def add_departure(dialect: Dialect, operation: AddDeparture) -> Steps[None]:
    """The account leaves; guards `exists`, `state`."""
    values: dict[str, Any] = {"account": operation.account_id}
    found = yield _STATE.format(locked=dialect.locked()), values
    if not found:
        raise Conflict("The account is gone.", guard="exists")
    if found[0][0] in ("leaving", "deleted", "pending"):
        raise Conflict("The account leaves already.", guard="state")
    values |= {"state": found[0][0], "left_at": operation.left_at, "due_at": operation.due_at}
    yield _DEPART, values
    yield from _become(dialect, operation.account_id, AccountState.LEAVING)


def end_departure(dialect: Dialect, operation: EndDeparture) -> Steps[None]:
    """The account comes back; guard `departure`."""
    values = {"account": operation.account_id, "at": operation.at}
    found = yield _STATE.format(locked=dialect.locked()), values
    if not found or found[0][0] != "leaving" or not (before := (yield _RETURN, values)):
        raise Conflict("The account can't come back.", guard="departure")
    yield from _become(dialect, operation.account_id, AccountState(before[0][0]))


def _become(dialect: Dialect, account_id: int, state: AccountState) -> Steps[None]:
    yield from set_account_state(dialect, SetAccountState(account_id=account_id, state=state))


def finish_departure(dialect: Dialect, operation: FinishDeparture) -> Steps[None]:
    """Nothing is left."""
    yield "DELETE FROM departures WHERE account_id = :account", {"account": operation.account_id}


def erase_account(dialect: Dialect, operation: EraseAccount) -> Steps[None]:
    """Remove some of what is left."""
    own, values = operation.account_id, {"account": operation.account_id, "limit": operation.limit}
    found = yield _STATE.format(locked=""), values
    if not found or found[0][0] != "deleted":
        return
    for column in ("follower_id", "followee_id"):
        select = f"SELECT follower_id, followee_id FROM follows WHERE {column} = :account LIMIT :limit"
        for follower, followee in (yield select, values):
            yield from delete_follow(dialect, DeleteFollow(follower_id=follower, followee_id=followee))
    for (post_id,) in (
        yield "SELECT post_id FROM favourites WHERE account_id = :account LIMIT :limit", values
    ):
        yield from delete_favourite(dialect, DeleteFavourite(account_id=own, post_id=post_id))
    for (scheduled_id,) in (
        yield (
            "SELECT id FROM scheduled_posts WHERE account_id = :account LIMIT :limit",
            values,
        )
    ):
        yield "DELETE FROM scheduled_posts WHERE id = :id", {"id": scheduled_id}
        yield from release(scheduled_id, 0)
    for table, key, column in _OWN:
        yield (
            f"DELETE FROM {table} WHERE ({key}) IN"
            f" (SELECT {key} FROM {table} WHERE {column} = :account LIMIT :limit)",
            values,
        )
    for table, column, text in _TEXTS:
        yield (
            f"UPDATE {table} SET {text} = '' WHERE id IN"
            f" (SELECT id FROM {table} WHERE {column} = :account AND {text} <> '' LIMIT :limit)",
            values,
        )
    # It had its time: housekeeping removes it with its files.
    yield f"UPDATE media SET unattached_at = 0 WHERE id IN ({_UNATTACHED} LIMIT :limit)", values
