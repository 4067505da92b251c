"""What a unit of work may write. Operations are values: a unit collects them, a storage applies them in one
transaction.

Guards: an operation that finds something else stored than it says raises `Conflict` with the guard's name,
and nothing of the unit is written. A storage keeps counts right by itself: `posts_count`, `followers_count`,
`following_count`, `replies_count`, `boosts_count`, `favourites_count` change in the same transaction.

An operation on something that is gone does nothing, unless its docstring names the guard `exists`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, ProfileField, Role, Session
from microblog_core.domain.notifications import Notification
from microblog_core.domain.posts import Post


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """The root of operations. `changed` names what readers' caches must forget after the commit."""

    needs: ClassVar[str] = ""
    """The capability that a storage must have for this operation; empty for the required base."""

    def changed(self) -> tuple[str, ...]:
        """Cache keys that this operation makes stale: `account:1`, `post:1`, `thread:1`, `tag:x`,
        `session:hash`, ...
        """
        return ()


# Accounts


class AddAccount(Operation, frozen=True, kw_only=True):
    """A new account, with a log-in if it is local.

    Guards: `id`; `username` (name or look-alike taken, or held by a deleted account); `email`.
    """

    account: Account
    login: Login | None = None

    def changed(self) -> tuple[str, ...]:
        """Nothing cached names it yet."""
        return (f"account:{self.account.id}", "accounts")


class UpdateProfile(Operation, frozen=True, kw_only=True):
    """New profile texts; the account's version becomes `version + 1`. Guards: `exists`, `version`."""

    account_id: int
    version: int
    display_name: str
    bio: str
    bio_html: str
    fields: tuple[ProfileField, ...] = ()
    bot: bool = False

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the account."""
        return (f"account:{self.account_id}",)


class SetAccountState(Operation, frozen=True, kw_only=True):
    """New state or role (None leaves it); the version grows by one. Guard: `exists`.

    States that can't log in also end all sessions. `deleted` frees the e-mail address, never the name.
    """

    account_id: int
    state: AccountState | None = None
    role: Role | None = None

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the account, and listings that it appears in or not."""
        # Who is shown again may belong on pages that carry no key of theirs: `account-states` is on every one.
        return (f"account:{self.account_id}", f"sessions:{self.account_id}", "public", "account-states")


class UpdateLogin(Operation, frozen=True, kw_only=True):
    """New log-in data; None leaves a value. Guards: `exists`, `email`."""

    account_id: int
    email: str | None = None
    password_hash: str | None = None
    password_changed_at: int | None = None
    locale: str | None = None
    default_visibility: str | None = None

    def changed(self) -> tuple[str, ...]:
        """Sessions carry preferences with them."""
        return (f"sessions:{self.account_id}",)


# Sessions


class AddSession(Operation, frozen=True, kw_only=True):
    """A log-in in one browser."""

    session: Session


class DeleteSession(Operation, frozen=True, kw_only=True):
    """A log-out."""

    token_hash: str

    def changed(self) -> tuple[str, ...]:
        """The session."""
        return (f"session:{self.token_hash}",)


class DeleteSessions(Operation, frozen=True, kw_only=True):
    """All log-ins of an account, but maybe one."""

    account_id: int
    keep_token_hash: str = ""

    def changed(self) -> tuple[str, ...]:
        """All sessions of the account."""
        return (f"sessions:{self.account_id}",)


# Posts


def _keys_of(post: Post) -> tuple[str, ...]:
    keys = [f"post:{post.id}", f"posts-of:{post.account_id}", f"thread:{post.thread_id}"]
    if post.visibility == "public":
        keys.append("public")
        keys.extend(f"tag:{tag}" for tag in post.tags)
    if post.in_reply_to_id is not None:
        keys.append(f"post:{post.in_reply_to_id}")
    if post.boost_of_id is not None:
        keys.append(f"post:{post.boost_of_id}")
    return tuple(keys)


class AddPost(Operation, frozen=True, kw_only=True):
    """A new post or boost, with its mentions and tags.

    Guards: `id`; `exists` (the post answered or boosted is gone, or the author is); `boost` (boosted
    already).
    """

    post: Post

    def changed(self) -> tuple[str, ...]:
        """The listings that it appears in and the post that it answers."""
        return _keys_of(self.post)


class EditPost(Operation, frozen=True, kw_only=True):
    """A new version of a post: `before` is what was read, `after` what to store.

    Only text, html, spoiler, sensitive, language, mentions, tags, edited_at and version (`before.version +
    1`) differ. The version before is kept in the history. Guards: `exists`, `version`.
    """

    before: Post
    after: Post

    def changed(self) -> tuple[str, ...]:
        """The listings that it was in and is in."""
        return tuple(dict.fromkeys(_keys_of(self.before) + _keys_of(self.after)))


class DeletePost(Operation, frozen=True, kw_only=True):
    """A post with its history, boosts, favourites, home rows and notifications; answers stay. Guard:
    `exists`.
    """

    post: Post

    def changed(self) -> tuple[str, ...]:
        """The listings that it was in."""
        return _keys_of(self.post)


class DeleteBoost(Operation, frozen=True, kw_only=True):
    """Take the boost of `post` by `account_id` back."""

    account_id: int
    post: Post

    def changed(self) -> tuple[str, ...]:
        """The boosted post and the listings of the booster."""
        return (f"post:{self.post.id}", f"posts-of:{self.account_id}")


class AddFavourite(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `favourite` (is one already)."""

    id: int
    account_id: int
    post_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)


class DeleteFavourite(Operation, frozen=True, kw_only=True):
    """Take a favourite back."""

    account_id: int
    post_id: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)


# Relations


class AddFollow(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `follow` (follows already), `block` (one blocks the
    other).
    """

    id: int
    follower_id: int
    followee_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.follower_id}", f"account:{self.followee_id}")


class DeleteFollow(Operation, frozen=True, kw_only=True):
    """End a follow, and remove the followee's posts and boosts from the follower's home rows."""

    follower_id: int
    followee_id: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.follower_id}", f"account:{self.followee_id}")


class AddBlock(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Ends follows both ways as `DeleteFollow` does. Guards: `exists`, `blocked` (is
    one already).
    """

    id: int
    blocker_id: int
    blocked_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.blocker_id}", f"account:{self.blocked_id}")


class DeleteBlock(Operation, frozen=True, kw_only=True):
    """End a block."""

    blocker_id: int
    blocked_id: int


class AddMute(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `muted` (is one already)."""

    id: int
    muter_id: int
    muted_id: int
    created_at: int


class DeleteMute(Operation, frozen=True, kw_only=True):
    """End a mute."""

    muter_id: int
    muted_id: int


# Home timelines


class FanOut(Operation, frozen=True, kw_only=True):
    """Home rows of `post_id` for its author (who wrote or boosted it) and all of the author's followers."""

    post_id: int
    author_id: int


class AddHomeRows(Operation, frozen=True, kw_only=True):
    """Home rows of one post for these accounts; rows that are there already stay."""

    post_id: int
    author_id: int
    account_ids: tuple[int, ...]


class BackfillHome(Operation, frozen=True, kw_only=True):
    """Home rows for the newest `limit` posts and boosts of an author, for a new follower."""

    account_id: int
    author_id: int
    limit: int


# Notifications


class AddNotification(Operation, frozen=True, kw_only=True):
    """A notification. Guard: `id`."""

    notification: Notification


class DeleteNotifications(Operation, frozen=True, kw_only=True):
    """Notifications of this kind by this actor (and about this post), because what they tell was taken
    back.
    """

    account_id: int
    kind: str
    actor_id: int
    post_id: int | None = None


class MarkNotificationsRead(Operation, frozen=True, kw_only=True):
    """Everything up to this notification's id has been seen; the mark never goes back."""

    account_id: int
    up_to_id: int


# Jobs, audit, idempotency, plugin store


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the outbox: something to do after the commit, at least once, until its handler has finished.

    `key` is unique among the jobs of its `kind` that have not finished. `payload` is JSON. Moments are Unix
    milliseconds.
    """

    id: int
    kind: str
    key: str
    payload: bytes
    due_at: int
    created_at: int
    attempts: int = 0
    state: str = "queued"
    lease_until: int = 0
    error: str = ""


class AddJob(Operation, frozen=True, kw_only=True):
    """An outbox row; does nothing where (kind, key) is there already."""

    job: Job


class AddAudit(Operation, frozen=True, kw_only=True):
    """Who did what to whom, kept for operators; `detail` holds no secrets."""

    id: int
    actor_id: int | None
    action: str
    subject: str
    detail: str = ""
    created_at: int


class AddIdempotencyKey(Operation, frozen=True, kw_only=True):
    """`result_id` is what the first request with this key made. Guard: `key` (used already).

    A use at or before `since` (Unix milliseconds) is forgotten and replaced.
    """

    account_id: int
    key: str
    result_id: int
    created_at: int
    since: int = 0


VALUE_BYTES = 64 * 1024


class PutValue(Operation, frozen=True, kw_only=True):
    """A value in the plugin store, at most `VALUE_BYTES` (64 KiB); more raises `TooLarge`."""

    plugin: str
    key: str
    value: bytes


class DeleteValue(Operation, frozen=True, kw_only=True):
    """Remove a value from the plugin store."""

    plugin: str
    key: str


class RunSql(Operation, frozen=True, kw_only=True):
    """A plugin's own statement on its own tables, with named parameters (`:name`)."""

    needs: ClassVar[str] = "sql"
    statement: str
    parameters: Mapping[str, str | int | float | bytes | None]


def changed_keys(operations: tuple[Operation, ...] | list[Operation]) -> frozenset[str]:
    """All cache keys that these operations make stale."""
    return frozenset(key for operation in operations for key in operation.changed())
