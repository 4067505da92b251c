"""The unit of work: collect, then commit in one call.

`unit.posts.add(...)` only collects. `await unit.commit()` applies everything in one transaction, then drops
what caches hold of it, then tells the observers. A unit that is not committed did nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import Account, Login, Session
from microblog_core.domain.applications import AccessToken, Application, AuthorizationCode
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.events import Event, JobsQueued, encode_event
from microblog_core.domain.media import Attachment
from microblog_core.domain.media_usage import NO_CAPS, MediaCaps
from microblog_core.domain.notifications import Notification
from microblog_core.domain.posts import Post
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.operations import (
    AddAccount,
    AddApplication,
    AddBlock,
    AddCode,
    AddFavourite,
    AddFollow,
    AddJob,
    AddMedia,
    AddMute,
    AddNotification,
    AddPost,
    AddSession,
    AddToken,
    DeleteBlock,
    DeleteBoost,
    DeleteFavourite,
    DeleteFollow,
    DeleteMedia,
    DeleteMute,
    DeleteNotifications,
    DeletePost,
    DeleteSession,
    DeleteSessions,
    DeleteToken,
    DeleteTokens,
    DeleteTokensOfCode,
    DeleteValue,
    EditPost,
    EndJob,
    FinishMedia,
    Job,
    MarkNotificationsRead,
    Operation,
    PutValue,
    RedeemCode,
    RunSql,
    SetAccountState,
    Signal,
    SweepApplications,
    UpdateLogin,
    UpdateProfile,
    changed_keys,
)
from microblog_core.ports.storage import SIGNALS, Storage

DurableJobs = Callable[[Event], Sequence[Job]]
"""Gives the outbox rows that an event's durable subscribers need."""


class _Repository:
    """Collects operations of one kind of thing."""

    def __init__(self, operations: list[Operation]) -> None:
        self._operations = operations

    def apply(self, *operations: Operation) -> None:
        """Collect operations as they are (for strategies and plugins)."""
        self._operations.extend(operations)


class AccountRepository(_Repository):
    """Accounts, log-ins and sessions."""

    def add(self, account: Account, login: Login | None = None) -> None:
        """A new account; guards `id`, `username`, `email`."""
        self.apply(AddAccount(account=account, login=login))

    def update_profile(self, update: UpdateProfile) -> None:
        """New profile texts; guards `exists`, `version`."""
        self.apply(update)

    def update_login(self, update: UpdateLogin) -> None:
        """New log-in data; guards `exists`, `email`."""
        self.apply(update)

    def set_state(self, change: SetAccountState) -> None:
        """New state or role; guards `exists`, `owner`, `version`, `rank`."""
        self.apply(change)

    def add_session(self, session: Session) -> None:
        """A log-in."""
        self.apply(AddSession(session=session))

    def delete_session(self, token_hash: str) -> None:
        """A log-out."""
        self.apply(DeleteSession(token_hash=token_hash))

    def delete_sessions(self, account_id: int, *, keep_token_hash: str = "") -> None:
        """All log-ins of an account, but maybe one."""
        self.apply(DeleteSessions(account_id=account_id, keep_token_hash=keep_token_hash))


class ApplicationRepository(_Repository):
    """Applications, codes and tokens."""

    def add(self, application: Application) -> None:
        """A registered application; guards `id`, `client_id`."""
        self.apply(AddApplication(application=application))

    def sweep(self, *, before: int, limit: int) -> None:
        """Remove old applications that nobody ever used."""
        self.apply(SweepApplications(before=before, limit=limit))

    def add_code(self, code: AuthorizationCode) -> None:
        """Somebody allowed something; guard `exists`."""
        self.apply(AddCode(code=code))

    def redeem_code(self, token: AccessToken, *, authorisation_id: int) -> None:
        """Exchange a code for a token, once; guards `code`, `exists`, `id`."""
        self.apply(RedeemCode(token=token, authorisation_id=authorisation_id))

    def add_token(self, token: AccessToken) -> None:
        """A token of the application itself; guards `exists`, `id`."""
        self.apply(AddToken(token=token))

    def delete_token(self, token_hash: str) -> None:
        """End a token."""
        self.apply(DeleteToken(token_hash=token_hash))

    def delete_tokens_of_code(self, code: AuthorizationCode) -> None:
        """End what a code gave."""
        self.apply(DeleteTokensOfCode(code_hash=code.code_hash, account_id=code.account_id))

    def delete_tokens(self, account_id: int, application_id: int | None = None) -> None:
        """End all tokens of an account, or those of one application."""
        self.apply(DeleteTokens(account_id=account_id, application_id=application_id))


class PostRepository(_Repository):
    """Posts, boosts and favourites."""

    def add(self, post: Post) -> None:
        """A new post or boost; guards `id`, `exists`, `boost`."""
        self.apply(AddPost(post=post))

    def edit(self, before: Post, after: Post) -> None:
        """A new version; guards `exists`, `version`."""
        self.apply(EditPost(before=before, after=after))

    def delete(self, post: Post, *, deleted_at: int = 0, hidden_at: int | None = None) -> None:
        """Remove a post, one that is hidden since `hidden_at` if that is given; guard `exists`. Its media can
        be attached anew for a day from `deleted_at` on.
        """
        self.apply(DeletePost(post=post, deleted_at=deleted_at, hidden_at=hidden_at))

    def delete_boost(self, account_id: int, post: Post) -> None:
        """Take a boost back."""
        self.apply(DeleteBoost(account_id=account_id, post=post))

    def favourite(self, favourite: AddFavourite) -> None:
        """Add a favourite; guards `exists`, `favourite`."""
        self.apply(favourite)

    def unfavourite(self, account_id: int, post_id: int) -> None:
        """Take a favourite back."""
        self.apply(DeleteFavourite(account_id=account_id, post_id=post_id))


class RelationRepository(_Repository):
    """Follows, blocks and mutes."""

    def follow(self, follow: AddFollow) -> None:
        """Follow; guards `exists`, `follow`, `block`."""
        self.apply(follow)

    def unfollow(self, follower_id: int, followee_id: int) -> None:
        """End a follow."""
        self.apply(DeleteFollow(follower_id=follower_id, followee_id=followee_id))

    def block(self, block: AddBlock) -> None:
        """Block; guards `exists`, `blocked`."""
        self.apply(block)

    def unblock(self, blocker_id: int, blocked_id: int) -> None:
        """End a block."""
        self.apply(DeleteBlock(blocker_id=blocker_id, blocked_id=blocked_id))

    def mute(self, mute: AddMute) -> None:
        """Mute; guards `exists`, `muted`."""
        self.apply(mute)

    def unmute(self, muter_id: int, muted_id: int) -> None:
        """End a mute."""
        self.apply(DeleteMute(muter_id=muter_id, muted_id=muted_id))


class NotificationRepository(_Repository):
    """Notifications."""

    def add(self, notification: Notification) -> None:
        """Tell somebody that something happened; guard `id`."""
        self.apply(AddNotification(notification=notification))

    def delete(self, account_id: int, kind: str, actor_id: int, post_id: int | None = None) -> None:
        """What was told was taken back."""
        self.apply(DeleteNotifications(account_id=account_id, kind=kind, actor_id=actor_id, post_id=post_id))

    def mark_read(self, account_id: int, up_to_id: int) -> None:
        """Everything up to this id has been seen."""
        self.apply(MarkNotificationsRead(account_id=account_id, up_to_id=up_to_id))


class MediaRepository(_Repository):
    """Uploaded pictures, and the pictures of accounts."""

    def add(self, attachment: Attachment, caps: MediaCaps = NO_CAPS) -> None:
        """A medium that belongs to no post yet; guards `id`, `exists`, `person_cap`, `site_cap`."""
        self.apply(AddMedia(attachment=attachment, caps=caps))

    def finish(self, attachment: Attachment) -> None:
        """What became of processing; guard `exists`."""
        self.apply(FinishMedia(attachment=attachment))

    def delete(self, media_id: int) -> None:
        """Forget what belongs to no post; guard `exists`."""
        self.apply(DeleteMedia(media_id=media_id))


class OutboxRepository(_Repository):
    """Jobs that must not be lost."""

    def add(self, job: Job) -> None:
        """Queue a job; nothing happens where (kind, key) waits already."""
        self.apply(AddJob(job=job))

    def end(self, job: Job) -> None:
        """End a job that runs, with what else is in this unit: it is done once. Raises `Conflict` on commit
        where somebody else has ended or begun it since.
        """
        self.apply(EndJob(job_id=job.id, attempts=job.attempts))


class PluginRepository(_Repository):
    """A plugin's own data: values everywhere, statements where the storage has the capability `sql`."""

    def put(self, plugin: str, key: str, value: bytes) -> None:
        """Store a value, at most 64 KiB."""
        self.apply(PutValue(plugin=plugin, key=key, value=value))

    def delete(self, plugin: str, key: str) -> None:
        """Remove a value."""
        self.apply(DeleteValue(plugin=plugin, key=key))

    def sql(self, statement: str, **parameters: str | int | float | bytes | None) -> None:
        """Run a statement on the plugin's own tables, with named parameters (`:name`)."""
        self.apply(RunSql(statement=statement, parameters=parameters))


class UnitOfWork:
    """Collects operations and events of one use case."""

    def __init__(self, storage: Storage, cache: Cache, bus: Bus, durable: DurableJobs) -> None:
        self._storage = storage
        self._cache = cache
        self._bus = bus
        self._durable = durable
        self._operations: list[Operation] = []
        self._events: list[Event] = []
        self._held_until = 0
        self.accounts = AccountRepository(self._operations)
        self.applications = ApplicationRepository(self._operations)
        self.posts = PostRepository(self._operations)
        self.relations = RelationRepository(self._operations)
        self.notifications = NotificationRepository(self._operations)
        self.media = MediaRepository(self._operations)
        self.outbox = OutboxRepository(self._operations)
        self.plugins = PluginRepository(self._operations)

    def apply(self, *operations: Operation) -> None:
        """Collect operations as they are (from strategies)."""
        self._operations.extend(operations)

    def hold(self, until: int) -> None:
        """Let durable observers hear of what is emitted from now on at `until` (Unix milliseconds) at the
        earliest: it may be taken back until then. Others hear of it after the commit, as ever.
        """
        self._held_until = until

    def emit(self, event: Event) -> None:
        """Tell observers after the commit; durable ones get an outbox row in the same transaction."""
        self.tell(event)
        for job in self._durable(event):
            late = max(job.due_at, self._held_until)
            self.outbox.add(job if late == job.due_at else replace(job, due_at=late))

    def tell(self, event: Event) -> None:
        """Tell those observers after the commit that are not durable: what they show is no longer true, but
        may be true again.
        """
        self._events.append(event)

    async def commit(self) -> None:
        """Apply everything in one transaction. Raises `Conflict` (nothing was written), `Unavailable`."""
        operations = tuple(self._operations)
        if self._events and SIGNALS in self._storage.capabilities:
            operations += tuple([Signal(event=encode_event(event)) for event in self._events])
        await self._storage.commit(operations)
        self._cache.drop(changed_keys(operations))
        for event in self._events:
            self._bus.publish(event)
        queued = next((each.job for each in operations if isinstance(each, AddJob)), None)
        if queued is not None:
            self._bus.publish(JobsQueued(id=queued.id, at=queued.created_at))
        self._operations.clear()
        self._events.clear()

    async def commit_once(self, guard: str, *, gone: Collection[str] = ("exists",)) -> None:
        """Commit; where `guard` finds that it was done already, that is as good.

        Raises `NotFound` where one of the guards `gone` fails, else as `commit`.
        """
        try:
            await self.commit()
        except Conflict as conflict:
            if conflict.guard in gone:
                raise NotFound from conflict
            if conflict.guard != guard:
                raise
