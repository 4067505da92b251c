"""A random history, lived in two storages at once: a storage under test, and the one in memory.

The reference runs beside the storage under test; after every few steps all readers of both are compared. A
history is made from a seed, so that what failed once fails again.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.conversations import people_in
from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment, MediaState, stem_of
from microblog_core.domain.notifications import Notification, NotificationKind
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.posts import Delivery, Mention, Post, QuotePolicy, ReplyPolicy, Visibility
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder

PEOPLE = 5
STEPS = 60
LOOK_EVERY = 15
TAGS = ("cats", "dogs")

Step = tuple[int, Callable[[], Awaitable[None]]]


class Life:
    """One random history, lived in two storages at once."""

    def __init__(self, seed: int, storage: Storage) -> None:
        self.storage = storage
        self.reference: Storage = MemoryStorage()
        self.random = random.Random(seed)
        self.build = Builder(self.reference)
        self.people: list[Account] = []
        self.posts: list[Post] = []
        self.polls: list[Poll] = []
        self.media: list[Attachment] = []
        self.log: list[str] = []
        self.made: dict[str, list[tuple[int, int]]] = {}
        self.lists: dict[int, list[int]] = {}

    async def begin(self) -> None:
        """A few people, who follow one another at random."""
        for number in range(PEOPLE):
            account = await self.build.account(f"person_{'abcde'[number]}")
            self.people.append(account)
            login = await self.reference.accounts.login_of(account.id)
            await self.storage.commit([ops.AddAccount(account=account, login=login)])
        for _ in range(PEOPLE * 2):
            await self.follow()

    async def step(self) -> None:
        """Something happens."""
        steps = self.steps()
        weights = [weight for weight, _ in steps]
        (chosen,) = self.random.choices([step for _, step in steps], weights)
        await chosen()

    def steps(self) -> Sequence[Step]:
        """What may happen, each with how often."""
        return (
            (6, self.publish),
            (3, self.answer),
            (3, self.boost),
            (2, self.unboost),
            (3, self.favourite),
            (1, self.unfavourite),
            (2, self.edit),
            (1, self.delete),
            (3, self.follow),
            (2, self.unfollow),
            (1, self.block),
            (1, self.unblock),
            (1, self.mute),
            (1, self.unmute),
            (1, self.state),
            (3, self.notify),
            (2, self.poll),
            (4, self.vote),
            (1, self.converse),
            (3, self.upload),
        )

    async def both(self, *operations: ops.Operation) -> bool:
        """Commit in both; they agree on whether, and at which guard, it fails. True if it went well."""
        self.log.append(", ".join(type(operation).__name__ for operation in operations))
        outcomes: list[str] = []
        for storage in (self.reference, self.storage):
            try:
                await storage.commit(operations)
            except Conflict as conflict:
                outcomes.append(conflict.guard)
            else:
                outcomes.append("")
        assert outcomes[0] == outcomes[1], self.log
        return not outcomes[0]

    def somebody(self) -> Account:
        """Anybody."""
        return self.random.choice(self.people)

    def two(self) -> tuple[int, int]:
        """Two different people's ids."""
        first, second = self.random.sample(self.people, 2)
        return first.id, second.id

    def remember(self, kind: str, pair: tuple[int, int], *, there: bool) -> None:
        """Keep in mind what can be taken back."""
        if there:
            self.made.setdefault(kind, []).append(pair)

    def undone(self, kind: str, otherwise: tuple[int, int]) -> tuple[int, int]:
        """A pair of what was made; now and then one that maybe never was."""
        made = self.made.get(kind, [])
        return self.random.choice(made) if made and self.random.random() < 0.9 else otherwise

    async def publish(self, answers: Post | None = None) -> None:
        """Somebody writes a post, maybe as an answer."""
        named = self.random.sample(self.people, self.random.randrange(3))
        author = self.somebody()
        post = self.build.draft(
            author,
            f"post {len(self.posts)}",
            answers=answers,
            mentions=named,
            visibility=self.random.choice(list(Visibility)),
            tags=tuple(self.random.sample(TAGS, self.random.randrange(3))),
            delivery=self.random.choice(list(Delivery)),
            quote_of_id=self.a_quote(),
            quote_policy=self.random.choice(list(QuotePolicy)),
            reply_policy=self.random.choice([*ReplyPolicy, *[ReplyPolicy.PUBLIC] * 5]),
            attachments=self.some_media(author.id),
        )
        await self.store(post)

    def a_quote(self) -> int | None:
        """Now and then the id of a post to quote, whether that is allowed or not."""
        quoted = self.a_post() if self.random.random() < 0.25 else None
        return None if quoted is None else quoted.id

    async def poll(self) -> None:
        """A post gets a poll, or another one, or none any more."""
        post = self.a_post()
        if post is None:
            return
        poll = None
        if self.random.random() < 0.8:
            options = (PollOption("yes"), PollOption("no"), PollOption("maybe"))
            poll = Poll(
                id=self.build.next_id(),
                post_id=post.id,
                options=options,
                expires_at=self.build.clock.now() + 60_000,
            )
            self.polls.append(poll)
        await self.both(
            ops.PutPoll(post_id=post.id, account_id=post.account_id, thread_id=post.thread_id, poll=poll)
        )

    async def vote(self) -> None:
        """Somebody votes, maybe again, maybe too late."""
        if self.polls:
            poll, choices = (
                self.random.choice(self.polls),
                self.random.sample(range(3), self.random.randint(1, 3)),
            )
            await self.both(
                ops.AddVote(
                    id=self.build.next_id(),
                    poll_id=poll.id,
                    post_id=poll.post_id,
                    account_id=self.somebody().id,
                    choices=tuple(sorted(choices)),
                    created_at=self.build.clock.now(),
                )
            )

    async def converse(self) -> None:
        """A conversation is read or removed."""
        conversations = (await self.reference.conversations.page(self.somebody().id, Page())).items
        if conversations:
            talk, account_id = self.random.choice(conversations), self.somebody().id
            kind = self.random.choice((ops.MarkConversation, ops.DeleteConversation))
            await self.both(kind(id=talk.id, account_id=account_id))

    async def store(self, post: Post) -> None:
        """Commit a post or boost with its home rows."""
        more: list[ops.Operation] = []
        if post.delivery is Delivery.ROWS:
            more.append(ops.FanOut(post_id=post.id, author_id=post.account_id))
        if post.visibility is Visibility.DIRECT:
            more.append(self.filed(post))
        if await self.both(ops.AddPost(post=post), *more):
            self.posts.append(post)

    def filed(self, post: Post) -> ops.FileDirect:
        """What puts a direct post into conversations."""
        return ops.FileDirect(post=post, ids=tuple(self.build.next_id() for _ in people_in(post)))

    def a_post(self) -> Post | None:
        """Any post that is no boost, as it was last stored; it may be gone."""
        texts = [post for post in self.posts if post.boost_of_id is None]
        return self.random.choice(texts) if texts else None

    async def answer(self) -> None:
        """Somebody answers a post."""
        await self.publish(self.a_post())

    async def boost(self) -> None:
        """Somebody boosts a post."""
        post = self.a_post()
        if post is not None:
            boost = self.build.draft(
                self.somebody(), "", boost_of_id=post.id, delivery=self.random.choice(list(Delivery))
            )
            await self.store(msgspec.structs.replace(boost, html=""))

    async def unboost(self) -> None:
        """Somebody takes a boost back, maybe one that is not there."""
        boosts = [post for post in self.posts if post.boost_of_id is not None]
        if boosts:
            boost = self.random.choice(boosts)
            post = next(post for post in self.posts if post.id == boost.boost_of_id)
            await self.both(ops.DeleteBoost(account_id=boost.account_id, post=post))

    async def favourite(self) -> None:
        """Somebody likes a post."""
        post, account_id = self.a_post(), self.somebody().id
        if post is not None:
            done = await self.both(
                ops.AddFavourite(
                    id=self.build.next_id(), account_id=account_id, post_id=post.id, created_at=1
                )
            )
            self.remember("favourite", (account_id, post.id), there=done)

    async def unfavourite(self) -> None:
        """Somebody no longer likes a post."""
        account_id, post_id = self.undone("favourite", (self.somebody().id, 1))
        await self.both(ops.DeleteFavourite(account_id=account_id, post_id=post_id))

    async def edit(self) -> None:
        """A post gets another text, tags and mentions."""
        post = self.a_post()
        if post is None:
            return
        named = self.random.sample(self.people, self.random.randrange(3))
        after = msgspec.structs.replace(
            post,
            text=f"{post.text}+",
            tags=tuple(self.random.sample(TAGS, self.random.randrange(3))),
            mentions=tuple(Mention(account.id, account.username) for account in named),
            attachments=self.some_media(post.account_id),
            edited_at=self.build.clock.advance(1),
            version=post.version + 1,
        )
        filed = [self.filed(after)] if after.visibility is Visibility.DIRECT else []
        if await self.both(ops.EditPost(before=post, after=after), *filed):
            self.posts[self.posts.index(post)] = after

    async def delete(self) -> None:
        """A post or boost is deleted."""
        if self.posts:
            post = self.random.choice(self.posts)
            await self.both(ops.DeletePost(post=post, deleted_at=self.build.clock.advance(1)))

    async def upload(self) -> None:
        """Somebody uploads a picture."""
        made = Attachment(
            id=self.build.next_id(),
            account_id=self.somebody().id,
            stem=stem_of(f"{len(self.media):032x}"),
            created_at=self.build.clock.now(),
        )
        ready = msgspec.structs.replace(made, state=MediaState.READY, width=len(self.media))
        if await self.both(ops.AddMedia(attachment=made), ops.FinishMedia(attachment=ready)):
            self.media.append(ready)

    def some_media(self, account_id: int) -> tuple[Attachment, ...]:
        """Pictures for a post of this account: mostly its own, maybe in use already."""
        wanted = [each for each in self.media if each.account_id == account_id or self.random.random() < 0.05]
        few = min(len(wanted), self.random.choice((0, 0, 1, 2)))
        return tuple(self.random.sample(wanted, few))

    async def follow(self) -> None:
        """Somebody follows somebody."""
        follower, followee = self.two()
        await self.both(
            ops.AddFollow(id=self.build.next_id(), follower_id=follower, followee_id=followee, created_at=1),
            ops.BackfillHome(account_id=follower, author_id=followee, limit=80),
        )

    async def unfollow(self) -> None:
        """Somebody unfollows somebody."""
        follower, followee = self.undone("follow", self.two())
        await self.both(ops.DeleteFollow(follower_id=follower, followee_id=followee))

    async def block(self) -> None:
        """Somebody blocks somebody."""
        blocker, blocked = pair = self.two()
        done = await self.both(
            ops.AddBlock(id=self.build.next_id(), blocker_id=blocker, blocked_id=blocked, created_at=1)
        )
        self.remember("block", pair, there=done)

    async def unblock(self) -> None:
        """Somebody unblocks somebody."""
        blocker, blocked = self.undone("block", self.two())
        await self.both(ops.DeleteBlock(blocker_id=blocker, blocked_id=blocked))

    async def mute(self) -> None:
        """Somebody mutes somebody."""
        muter, muted = pair = self.two()
        done = await self.both(
            ops.AddMute(id=self.build.next_id(), muter_id=muter, muted_id=muted, created_at=1)
        )
        self.remember("mute", pair, there=done)

    async def unmute(self) -> None:
        """Somebody unmutes somebody."""
        muter, muted = self.undone("mute", self.two())
        await self.both(ops.DeleteMute(muter_id=muter, muted_id=muted))

    async def state(self) -> None:
        """Somebody is silenced, suspended, disabled or restored."""
        states = [state for state in AccountState if state is not AccountState.DELETED]
        await self.both(ops.SetAccountState(account_id=self.somebody().id, state=self.random.choice(states)))

    async def notify(self) -> None:
        """Somebody is told about somebody, maybe with a post."""
        receiver, actor = self.two()
        post = self.a_post() if self.random.random() < 0.7 else None
        told = Notification(
            id=self.build.next_id(),
            account_id=receiver,
            kind=self.random.choice(list(NotificationKind)),
            actor_id=actor,
            post_id=post.id if post else None,
            created_at=self.build.clock.now(),
        )
        await self.both(ops.AddNotification(notification=told))

    async def compare(self) -> None:
        """Everybody sees the same in both."""
        for viewer in (*(account.id for account in self.people), None):
            expected = await self.everything(self.reference, viewer)
            found = await self.everything(self.storage, viewer)
            for what, shown in expected.items():
                assert found[what] == shown, (what, viewer, self.log)

    async def everything(self, storage: Storage, viewer: int | None) -> dict[str, Any]:
        """All that the viewer can read, by a name for it."""
        shown: dict[str, Any] = {"counts": await storage.counts()}
        for page in (Page(limit=80), Page(limit=5)):
            shown[f"public {page.limit}"] = await storage.timelines.public(viewer, page)
            shown[f"pictures {page.limit}"] = await storage.timelines.public(viewer, page, only_media=True)
            shown["media"] = list(await storage.media.some([each.id for each in self.media]))
            shown["unattached"] = list(await storage.media.unattached(1 << 62, page.limit))
            for tag in TAGS:
                shown[f"#{tag} {page.limit}"] = await storage.timelines.tag(viewer, tag, page)
            if viewer is not None:
                for source in HomeSource:
                    shown[f"home {source} {page.limit}"] = await storage.timelines.home(viewer, page, source)
                shown[f"notifications {page.limit}"] = await storage.notifications.page(viewer, page)
                shown[f"talks {page.limit}"] = await storage.conversations.page(viewer, page)
                shown[f"direct {page.limit}"] = await storage.conversations.direct(viewer, page)
                shown["unread"] = await storage.notifications.unread(viewer)
                for made in await storage.lists.of(viewer):
                    shown[f"list {made.id} {page.limit}"] = (
                        made,
                        await storage.timelines.list(viewer, made.id, page),
                        await storage.lists.members(viewer, made.id, page),
                    )
        for account in self.people:
            name, page = account.username, Page(limit=80)
            for replies in (False, True):
                shown[f"@{name} {replies}"] = await storage.timelines.profile(
                    viewer, name, "", page, replies=replies
                )
            shown[f"followers of {name}"] = await storage.relations.followers(viewer, account.id, page)
            shown[f"following of {name}"] = await storage.relations.following(viewer, account.id, page)
        for post in self.posts:
            shown[f"post {post.id}"] = await storage.posts.get(viewer, post.id)
            shown[f"edits {post.id}"] = list(await storage.posts.edits(viewer, post.id))
            shown[f"likes {post.id}"] = await storage.posts.favourited_by(viewer, post.id, Page())
            shown[f"boosts {post.id}"] = await storage.posts.boosted_by(viewer, post.id, Page())
        return shown
