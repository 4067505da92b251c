"""From the plan of a demo to operations, in large units of work."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from microblog_core.cli.console import Progress
from microblog_core.cli.demo_plan import DAY, RECENT, WEEKS, Ids, Person, Reaction, Written
from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.notifications import Notification, NotificationKind
from microblog_core.domain.posts import Mention, Post
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddAccount,
    AddFavourite,
    AddFollow,
    AddJob,
    AddNotification,
    AddPost,
    FanOut,
    Operation,
)

PASSWORD = "microblog-demo"
SMALL, LARGE = 50, 1000
"""Operations in a unit of work, for an embedded storage and for others.

An embedded storage gets several units at once, writes them in order and commits them together; one large
unit would make it keep a copy of every page that the unit touches, at a cost that grows with the square of
its size.
"""
AT_ONCE = 10_000
"""Operations that an embedded storage gets before more are made; it commits them together."""


class Maker:
    """Turns a plan into operations, and commits them while the next ones are made."""

    def __init__(
        self, ports: Ports, crowd: Sequence[Person], *, seed: int, bar: Progress, embedded: bool
    ) -> None:
        self.now = ports.clock.now()
        self._ports = ports
        self._crowd = crowd
        self._size = SMALL if embedded else LARGE
        self._at_once = AT_ONCE if embedded else LARGE
        self._bar = bar
        self._ids = Ids(random.Random(f"ids {seed}"))
        self._began = self.now - (WEEKS * 7 + 2) * DAY
        self._accounts: list[Account] = []
        self._mentions: list[Mention] = []
        self._posts: dict[int, Post] = {}
        self._waiting: list[Operation] = []
        self._made = 0

    async def make_accounts(self, pairs: Sequence[tuple[int, int]]) -> None:
        """The people, then who follows whom."""
        password = await self._ports.passwords.hash(PASSWORD)
        followers = [0] * len(self._crowd)
        for _, whom in pairs:
            followers[whom] += 1
        for person in self._crowd:
            moment = self._began + person.place
            account = Account(
                id=self._ids.at(moment),
                username=person.username,
                uri=self._uri(person.username),
                display_name=person.display_name,
                bio=person.bio,
                bio_html=self._ports.content.render(person.bio, (), ()) if person.bio else "",
                created_at=moment,
            )
            login = Login(
                account_id=account.id,
                email=f"{person.username}@example.org",
                password_hash=password,
                created_at=moment,
            )
            await self._add(1, AddAccount(account=account, login=login))
            # What decides about delivery is how many follow in the end.
            self._accounts.append(msgspec.structs.replace(account, followers_count=followers[person.place]))
            self._mentions.append(Mention(account_id=account.id, username=account.username))
        for number, (who, whom) in enumerate(pairs):
            moment = self._began + len(self._crowd) + number
            follow = AddFollow(
                id=self._ids.at(moment),
                follower_id=self._accounts[who].id,
                followee_id=self._accounts[whom].id,
                created_at=moment,
            )
            fresh = number * 10 >= len(pairs) * 9  # earlier follows were told long ago
            told = self._notification(NotificationKind.FOLLOW, moment, whom, who, None) if fresh else ()
            await self._add(1, follow, *told)
        await self._finish()

    async def make_life(self, happenings: Iterable[Written | Reaction]) -> None:
        """Posts and reactions, in order of time."""
        for happening in happenings:
            if isinstance(happening, Written):
                await self._add(1, *self._publish(happening))
            else:
                await self._add(0, *self._react(happening))
        await self._finish()

    def _publish(self, written: Written) -> list[Operation]:

        author = self._accounts[written.author]
        parent = self._posts[written.parent] if written.parent is not None else None
        mentions = tuple(self._mentions[index] for index in dict.fromkeys(written.named))
        entities = self._ports.content.find(written.text)
        post_id = self._ids.at(written.at)
        post = Post(
            id=post_id,
            account_id=author.id,
            uri=self._uri(f"{author.username}/{post_id}"),
            text=written.text,
            html=self._ports.content.render(written.text, entities, mentions),
            spoiler=written.spoiler,
            sensitive=bool(written.spoiler),
            language="en",
            visibility=written.visibility,
            in_reply_to_id=parent.id if parent else None,
            in_reply_to_account_id=parent.account_id if parent else None,
            thread_id=parent.thread_id if parent else post_id,
            mentions=mentions,
            tags=tuple(dict.fromkeys(each.value.casefold() for each in entities if each.kind == "tag")),
            delivery=self._ports.timeline.delivery(author),
            created_at=written.at,
        )
        self._posts[written.number] = post
        self._posts.pop(written.number - RECENT, None)
        operations: list[Operation] = [AddPost(post=post), *self._deliver(post, author)]
        for index in written.named:
            answered = parent is not None and self._accounts[index].id == parent.account_id
            kind = NotificationKind.REPLY if answered else NotificationKind.MENTION
            operations.extend(self._notification(kind, written.at, index, written.author, post_id))
        return operations

    def _deliver(self, post: Post, author: Account) -> Sequence[Operation]:
        """What the site's strategy writes; chunks for many followers are written at once instead."""
        operations = self._ports.timeline.on_publish(post, author, self.now, 0)
        if any(isinstance(operation, AddJob) for operation in operations):
            return (FanOut(post_id=post.id, author_id=author.id),)
        return operations

    def _react(self, reaction: Reaction) -> list[Operation]:

        post, account = self._posts[reaction.number], self._accounts[reaction.person]
        reaction_id = self._ids.at(reaction.at)
        kind = NotificationKind(reaction.kind)
        told = self._notification(kind, reaction.at, reaction.author, reaction.person, post.id)
        if reaction.kind == "favourite":
            favourite = AddFavourite(
                id=reaction_id, account_id=account.id, post_id=post.id, created_at=reaction.at
            )
            return [favourite, *told]
        boost = Post(
            id=reaction_id,
            account_id=account.id,
            visibility=post.visibility,
            thread_id=reaction_id,
            boost_of_id=post.id,
            delivery=self._ports.timeline.delivery(account),
            created_at=reaction.at,
        )
        return [AddPost(post=boost), *self._deliver(boost, account), *told]

    def _notification(
        self, kind: NotificationKind, at: int, receiver: int, actor: int, post_id: int | None
    ) -> Sequence[Operation]:
        if receiver == actor:
            return ()
        notification = Notification(
            id=self._ids.at(at),
            account_id=self._accounts[receiver].id,
            kind=kind,
            actor_id=self._accounts[actor].id,
            post_id=post_id,
            created_at=at,
        )
        return (AddNotification(notification=notification),)

    def _uri(self, path: str) -> str:
        return f"{self._ports.base_url}/@{path}" if self._ports.base_url else ""

    async def _add(self, made: int, *operations: Operation) -> None:
        """Collect what makes `made` steps of the bar; commit when it is enough."""
        self._waiting.extend(operations)
        self._made += made
        while len(self._waiting) >= self._at_once:
            await self._flush()

    async def _finish(self) -> None:
        while self._waiting:
            await self._flush()

    async def _flush(self) -> None:
        # Nothing is made while units are written: two threads at once would wait for the interpreter in turn.
        operations = self._waiting[: self._at_once]
        del self._waiting[: self._at_once]
        await asyncio.gather(*(self._ports.storage.commit(unit) for unit in batched(operations, self._size)))
        self._bar.advance(self._made)
        self._made = 0


def batched(operations: Sequence[Operation], size: int) -> Iterator[Sequence[Operation]]:
    """Units of so many operations, in order; one that needs another is in the same unit or a later one."""
    for start in range(0, len(operations), size):
        yield operations[start : start + size]
