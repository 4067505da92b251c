"""Puts people, posts and relations into a storage directly, by operations: no rules of use cases in between.

Time and ids are frozen and deterministic: `FrozenClock` and `CountingIds` are ports for any test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, Session
from microblog_core.domain.ids import COUNTER_BITS, COUNTER_MASK
from microblog_core.domain.media import Attachment, MediaState, media_key, stem_of
from microblog_core.domain.notifications import Notification, NotificationKind
from microblog_core.domain.posts import Delivery, Mention, Post, Visibility
from microblog_core.ports.operations import (
    AddAccount,
    AddBlock,
    AddFavourite,
    AddFollow,
    AddHomeRows,
    AddMedia,
    AddMute,
    AddNotification,
    AddPost,
    AddSession,
    EditPost,
    FanOut,
    FinishMedia,
    Operation,
    SetAccountState,
)
from microblog_core.ports.storage import Storage

NOON = 1_767_268_800_000
"""2026-01-01 12:00 UTC in Unix milliseconds: when a frozen clock begins."""


class FrozenClock:
    """A `ports.clock.Clock` that moves only when told to."""

    def __init__(self, at: int = NOON) -> None:
        self.at = at

    def now(self) -> int:
        """Unix milliseconds."""
        return self.at

    def advance(self, seconds: float) -> int:
        """Move on (or back, with a negative number) and return the new time in Unix milliseconds."""
        self.at += round(seconds * 1000)
        return self.at


class CountingIds:
    """A `ports.clock.Ids` without chance: the first id of a millisecond ends in counter 0."""

    def __init__(self) -> None:
        self._last = 0
        self._past = 0

    def at(self, milliseconds: int) -> int:
        """An id for this moment, greater than all before."""
        self._last = max(milliseconds << COUNTER_BITS, self._last + 1)
        return self._last

    def backdated(self, milliseconds: int) -> int:
        """An id for a moment in the past."""
        self._past += 1
        return (milliseconds << COUNTER_BITS) | (COUNTER_MASK - self._past)


class Builder:
    """Makes things in a storage, one second after another, and returns them as they were stored."""

    def __init__(
        self, storage: Storage, clock: FrozenClock | None = None, ids: CountingIds | None = None
    ) -> None:
        self.storage = storage
        self.clock = clock or FrozenClock()
        self.ids = ids or CountingIds()

    def next_id(self) -> int:
        """A new id, a second later than the one before."""
        return self.ids.at(self.clock.advance(1))

    async def apply(self, *operations: Operation) -> None:
        """Commit these operations as one unit."""
        await self.storage.commit(operations)

    async def account(self, username: str, *, email: str = "", **changes: Any) -> Account:
        """A person; with a log-in if they are local (`username@example.org` unless `email` is given)."""
        account = Account(id=self.next_id(), username=username, created_at=self.clock.now(), **changes)
        login = None
        if not account.domain:
            login = Login(
                account_id=account.id,
                email=email or f"{username}@example.org",
                password_hash=f"hash of {username}'s password",
                created_at=account.created_at,
            )
        await self.apply(AddAccount(account=account, login=login))
        return account

    async def people(self, *usernames: str) -> list[Account]:
        """Several persons."""
        return [await self.account(username) for username in usernames]

    async def set_state(self, account: Account, state: AccountState) -> None:
        """Give an account a state."""
        await self.apply(SetAccountState(account_id=account.id, state=state))

    def draft(
        self,
        author: Account,
        text: str = "Good morning",
        *,
        answers: Post | None = None,
        mentions: Sequence[Account] = (),
        **changes: Any,
    ) -> Post:
        """A post that is not stored yet."""
        post_id = self.next_id()
        values: dict[str, Any] = {
            "visibility": Visibility.PUBLIC,
            "in_reply_to_id": answers.id if answers else None,
            "in_reply_to_account_id": answers.account_id if answers else None,
            "thread_id": answers.thread_id if answers else post_id,
            "mentions": tuple(Mention(named.id, named.username, named.domain) for named in mentions),
        }
        return Post(
            id=post_id,
            account_id=author.id,
            text=text,
            html=f"<p>{text}</p>",
            created_at=self.clock.now(),
            **{**values, **changes},
        )

    async def post(self, author: Account, text: str = "Good morning", **changes: Any) -> Post:
        """A post as `draft` makes it, with its home rows unless its delivery is `pulled`."""
        return await self._publish(self.draft(author, text, **changes))

    async def boost(self, author: Account, post: Post, **changes: Any) -> Post:
        """A boost of a post, with its home rows unless its delivery is `pulled`."""
        boost_id = self.next_id()
        values: dict[str, Any] = {"visibility": Visibility.PUBLIC, "thread_id": boost_id, **changes}
        boost = Post(
            id=boost_id,
            account_id=author.id,
            boost_of_id=post.id,
            created_at=self.clock.now(),
            **values,
        )
        return await self._publish(boost)

    async def _publish(self, post: Post) -> Post:
        operations: list[Operation] = [AddPost(post=post)]
        if post.delivery is Delivery.ROWS:
            operations.append(FanOut(post_id=post.id, author_id=post.account_id))
        await self.apply(*operations)
        return post

    async def edit(self, post: Post, text: str, **changes: Any) -> Post:
        """A new version of a post."""
        after = msgspec.structs.replace(
            post,
            text=text,
            html=f"<p>{text}</p>",
            edited_at=self.clock.advance(1),
            version=post.version + 1,
            **changes,
        )
        await self.apply(EditPost(before=post, after=after))
        return after

    async def follow(self, follower: Account, *followees: Account) -> int:
        """Follows; the last relation's id."""
        relation_id = 0
        for followee in followees:
            relation_id = self.next_id()
            follow = AddFollow(
                id=relation_id,
                follower_id=follower.id,
                followee_id=followee.id,
                created_at=self.clock.now(),
            )
            await self.apply(follow)
        return relation_id

    async def block(self, blocker: Account, blocked: Account) -> int:
        """A block; the relation's id."""
        relation_id, now = self.next_id(), self.clock.now()
        await self.apply(
            AddBlock(id=relation_id, blocker_id=blocker.id, blocked_id=blocked.id, created_at=now)
        )
        return relation_id

    async def mute(self, muter: Account, muted: Account) -> int:
        """A mute; the relation's id."""
        relation_id, now = self.next_id(), self.clock.now()
        await self.apply(AddMute(id=relation_id, muter_id=muter.id, muted_id=muted.id, created_at=now))
        return relation_id

    async def favourite(self, account: Account, post: Post) -> int:
        """A favourite; the relation's id."""
        relation_id, now = self.next_id(), self.clock.now()
        await self.apply(AddFavourite(id=relation_id, account_id=account.id, post_id=post.id, created_at=now))
        return relation_id

    async def medium(self, account: Account, **changes: Any) -> Attachment:
        """An uploaded picture that is ready, unless `state` says otherwise, and belongs to no post."""
        media_id = self.next_id()
        stem = stem_of(f"{media_id:032x}")
        upload = Attachment(id=media_id, account_id=account.id, stem=stem, created_at=self.clock.now())
        made: dict[str, Any] = {
            "state": MediaState.READY,
            "content_type": "image/png",
            "key": media_key(stem, "image/png"),
            "preview_key": media_key(stem, "image/webp", preview=True),
            "width": 1200,
            "height": 900,
            "preview_width": 640,
            "preview_height": 480,
            "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "size": 123_456,
        }
        described = {name: changes.pop(name) for name in ("description", "focus") if name in changes}
        upload = msgspec.structs.replace(upload, **described)
        await self.apply(AddMedia(attachment=upload))
        attachment = msgspec.structs.replace(upload, **{**made, **changes})
        if attachment.state is MediaState.PROCESSING:
            return upload
        await self.apply(FinishMedia(attachment=attachment))
        return attachment

    async def home_rows(self, post: Post, *readers: Account) -> None:
        """Home rows of a post for these people."""
        ids = tuple(reader.id for reader in readers)
        await self.apply(AddHomeRows(post_id=post.id, author_id=post.account_id, account_ids=ids))

    async def notify(
        self, receiver: Account, kind: NotificationKind, actor: Account, post: Post | None = None
    ) -> Notification:
        """A notification."""
        told = Notification(
            id=self.next_id(),
            account_id=receiver.id,
            kind=kind,
            actor_id=actor.id,
            post_id=post.id if post else None,
            created_at=self.clock.now(),
        )
        await self.apply(AddNotification(notification=told))
        return told

    async def session(self, account: Account, token_hash: str, *, seconds: float = 3600) -> Session:
        """A log-in that lasts so many seconds."""
        now = self.clock.advance(1)
        session = Session(
            token_hash=token_hash,
            account_id=account.id,
            created_at=now,
            expires_at=now + round(seconds * 1000),
            user_agent="a browser",
            address="192.0.2.7",
        )
        await self.apply(AddSession(session=session))
        return session
