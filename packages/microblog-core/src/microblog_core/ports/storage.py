"""The storage contract: small readers, one `commit`, a queue, capabilities.

Reads are coarse: one call a use case, a fixed number of statements whatever the page's length. `viewer` is
the account id of who looks, None for anonymous; what that viewer may not see is never returned (see
`domain.posts.Visibility` and `memory.visibility`, the reference of the one predicate):

- own posts are always seen; posts of authors who block the viewer, or are suspended or deleted, never;
- `followers` by followers and people named, `direct` by people named, `members` by the author alone;
- a boost is seen where both the boost and the boosted post are;
- listings (not a single post, not an author's own page) also leave out who the viewer blocks or mutes, as
  author or booster;
- notifications leave out who is blocked, who is muted with notifications, and threads that are muted;
- a mute with an end is over when the machine's clock says so, whatever has run by then;
- public listings also leave out silenced authors;
- what surrounds the post of a thread is a listing; a hidden post there is left out, what answers it stays;
- lists of people leave out who is suspended or deleted and who blocks the viewer, nobody else.

A post whose parent was deleted stays what it was: an answer, with the same ids of parent and thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

import msgspec

from microblog_core.domain.accounts import Account, Login, Session
from microblog_core.domain.posts import Entry, Post, PostEdit, Thread
from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.applications import ApplicationReader
from microblog_core.ports.marks import (
    AccountsFound,
    MarkReader,
    NotificationsFound,
    PostsFound,
    PostsListed,
    RelationsFound,
    TagReader,
)
from microblog_core.ports.media import MediaReader
from microblog_core.ports.operations import Operation
from microblog_core.ports.queue import Queue
from microblog_core.ports.readers import FeatureReaders

THREAD_ANCESTORS = 40
THREAD_DESCENDANTS = 200

SEARCH = "search"
TRENDS = "trends"
STATISTICS = "statistics"
QUEUE = "queue"
LEDGER = "ledger"
SQL = "sql"
SIGNALS = "signals"
CAPABILITIES = frozenset({SEARCH, TRENDS, STATISTICS, QUEUE, LEDGER, SQL, SIGNALS})
"""Beyond the required base. `queue` lets several processes claim jobs, `signals` hear of others' events."""


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session with all that a request needs to know of who is logged in."""

    session: Session
    account: Account
    login: Login


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """An account's page: the account, how the viewer stands to it (None for anonymous), and one page of
    posts.
    """

    account: Account
    relationship: Relationship | None
    posts: Listing[Entry]


class SiteCounts(msgspec.Struct, frozen=True):
    """How much there is: local accounts that are not deleted, their public and unlisted posts, dead jobs."""

    accounts: int
    posts: int
    dead_jobs: int = 0


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log."""

    id: int
    actor_id: int | None
    action: str
    subject: str
    detail: str
    created_at: int


class AccountReader(AccountsFound, Protocol):
    """Accounts and log-ins."""

    async def get(self, account_id: int) -> Account | None:
        """The account, whatever its state."""
        ...

    async def by_name(self, username: str, domain: str = "") -> Account | None:
        """The account of this name (any spelling), whatever its state."""
        ...

    async def by_names(self, names: Sequence[tuple[str, str]]) -> Sequence[Account]:
        """The accounts of these (username, domain) pairs that are shown, in any order; unknown names are left
        out.
        """
        ...

    async def login(self, name_or_email: str) -> tuple[Account, Login] | None:
        """The account and log-in of a username or e-mail address in any spelling."""
        ...

    async def login_of(self, account_id: int) -> Login | None:
        """The log-in of an account."""
        ...

    async def page(self, page: Page) -> Listing[Account]:
        """All local accounts, newest first, for operators."""
        ...


class SessionReader(Protocol):
    """Log-ins in browsers."""

    async def get(self, token_hash: str, now: int) -> SessionRow | None:
        """The session if it has not expired at `now` (Unix milliseconds) and the account may log in."""
        ...

    async def of(self, account_id: int, now: int) -> Sequence[Session]:
        """The account's sessions that have not expired, newest first."""
        ...


class RelationReader(RelationsFound, Protocol):
    """How accounts stand to one another."""

    async def get(self, viewer: int, account_ids: Sequence[int]) -> Mapping[int, Relationship]:
        """How the viewer stands to each of these accounts."""
        ...

    async def followers(self, viewer: int | None, account_id: int, page: Page) -> Listing[Related]:
        """Who follows the account, newest follow first; suspended people and those the viewer may not see
        left out.
        """
        ...

    async def following(self, viewer: int | None, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account follows, newest follow first; as `followers`."""
        ...

    async def blocked(self, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account blocks, newest first."""
        ...

    async def muted(self, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account mutes, newest first."""
        ...

    async def follower_ids(self, account_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (relation id, follower's account id) with a relation id above `after`, oldest first."""
        ...


class PostReader(PostsFound, Protocol):
    """Single posts, threads and who reacted. Nothing that the viewer may not see is returned."""

    async def get(self, viewer: int | None, post_id: int) -> Entry | None:
        """The post; None if it does not exist or may not be seen. A boost's id gives the boosted post."""
        ...

    async def thread(self, viewer: int | None, post_id: int) -> Thread | None:
        """The post with what it answers and what answers it (`THREAD_ANCESTORS`, `THREAD_DESCENDANTS` at
        most).
        """
        ...

    async def edits(self, viewer: int | None, post_id: int) -> Sequence[PostEdit]:
        """All versions, oldest first, the current one included; empty if the post may not be seen."""
        ...

    async def boost_of(self, account_id: int, post_id: int) -> tuple[int, int] | None:
        """The account's boost of this post: its id and when it was (Unix milliseconds); None without one."""
        ...

    async def favourited_by(self, viewer: int | None, post_id: int, page: Page) -> Listing[Related]:
        """Who favourited the post, newest first; empty if the post may not be seen."""
        ...

    async def boosted_by(self, viewer: int | None, post_id: int, page: Page) -> Listing[Related]:
        """Who boosted the post, newest first (by the boost's id); empty if the post may not be seen."""
        ...


class TimelineReader(PostsListed, Protocol):
    """Listings of posts, those of accounts and tags included."""

    async def public(self, viewer: int | None, page: Page, *, only_media: bool = False) -> Listing[Entry]:
        """Public posts that are no boosts and no answers to others; with `only_media` those with pictures."""
        ...

    async def home(self, viewer: int, page: Page, source: HomeSource) -> Listing[Entry]:
        """What the people that the viewer follows wrote and boosted, and the viewer's own.

        Answers to people that the viewer doesn't follow (and who aren't the viewer or the author) are left
        out; so are `direct` posts that do not name the viewer, and what people on an exclusive list of theirs
        did. Posts with delivery `pulled` are merged in.
        """
        ...

    async def list(self, viewer: int, list_id: int, page: Page) -> Listing[Entry] | None:
        """What the people on a list of the viewer's wrote and boosted, with answers to others as the list's
        policy says; `direct` posts only if they name the viewer. And posts with a hashtag of the list that
        the public timeline shows. None if the viewer has no such list.
        """
        ...

    async def profile(
        self, viewer: int | None, username: str, domain: str, page: Page, *, replies: bool
    ) -> Profile | None:
        """An account with its posts and boosts (with answers to others only if `replies`).

        None if it does not exist, is suspended or deleted, or blocks the viewer.
        """
        ...


class NotificationReader(NotificationsFound, Protocol):
    """What happened to somebody. What is about posts they can't see, or by people they block or mute, is left
    out.
    """

    async def unread(self, viewer: int, limit: int = 100) -> int:
        """How many that the list shows are unread, counted up to `limit`."""
        ...


class Storage(FeatureReaders, Protocol):
    """Where a site's data lives. One per site; opened and closed by the site.

    `coherent` says that `stale_keys` sees every commit of every process before it returns; where it is False,
    what decides about access (sessions, account states) is read anew for each request.
    """

    capabilities: frozenset[str]
    coherent: bool
    accounts: AccountReader
    sessions: SessionReader
    applications: ApplicationReader
    relations: RelationReader
    posts: PostReader
    timelines: TimelineReader
    notifications: NotificationReader
    media: MediaReader
    marks: MarkReader
    tags: TagReader
    queue: Queue

    async def open(self) -> None:
        """Connect. Raises `Unavailable` or `ConfigurationError` (for example: migrate first)."""
        ...

    async def close(self) -> None:
        """Finish what was acknowledged and disconnect."""
        ...

    async def commit(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order in one durable transaction, or none.

        Returns only when they survive a crash. Raises `Conflict`, `TooLarge` (a plugin's value),
        `PluginError` (an operation that the storage has not the capability for), `Unavailable`.
        """
        ...

    def stale_keys(self) -> frozenset[str] | None:
        """Cache keys that other processes made stale since the last call; None if everything must be dropped.
        Cheap.
        """
        ...

    async def value(self, plugin: str, key: str) -> bytes | None:
        """One of a plugin's stored values, None where there is none. Found by an index, however many there
        are.
        """
        ...

    async def values(self, plugin: str, prefix: str = "") -> Mapping[str, bytes]:
        """A plugin's stored values whose key begins with `prefix`."""
        ...

    async def idempotent_result(self, account_id: int, key: str, since: int) -> int | None:
        """What the first request with this key made, if it came after `since` (Unix milliseconds)."""
        ...

    async def audit(self, page: Page) -> Listing[Audit]:
        """The audit log, newest first."""
        ...

    async def counts(self) -> SiteCounts:
        """How much there is."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` when the storage does not answer."""
        ...


@runtime_checkable
class BulkStorage(Protocol):
    """What a storage may offer beside `Storage`: being filled fast."""

    def bulk(self) -> AbstractAsyncContextManager[None]:
        """Until this is left, few large commits count for more than other writers, who may have to wait for
        seconds. What is acknowledged is as durable as ever.
        """
        ...


class SchemaTools(Protocol):
    """What a storage with a schema offers beside `Storage`: the CLI's migrate, backup and restore.
    Synchronous.
    """

    def status(self) -> tuple[str, str]:
        """(revision that is stored, revision that this version needs); the first is empty for an empty
        database.
        """
        ...

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to a revision, forward or back."""
        ...

    def backup(self, target: str) -> None:
        """Write a consistent copy to a file while the site runs."""
        ...

    def restore(self, source: str) -> None:
        """Replace everything by a copy; the site must be stopped."""
        ...


StorageOpener = Callable[[str], Storage]
"""Makes a storage from a URL, without connecting."""

__all__ = [
    "CAPABILITIES",
    "AccountReader",
    "Audit",
    "BulkStorage",
    "MediaReader",
    "NotificationReader",
    "Post",
    "PostReader",
    "Profile",
    "Queue",
    "RelationReader",
    "SchemaTools",
    "SessionReader",
    "SessionRow",
    "SiteCounts",
    "Storage",
    "StorageOpener",
    "TimelineReader",
]
