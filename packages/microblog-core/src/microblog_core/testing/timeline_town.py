"""A small town for `timeline_suite`: people who publish and read through the use cases, with the strategy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.services import posts, reactions, relations
from microblog_core.services.timelines import read_home
from microblog_core.testing.storage.base import ALL
from microblog_core.testing.storage.till import Till
from microblog_core.testing.watching import counted
from microblog_core.testing.world import World, make_ports

Handler = Callable[[Ports, Job], Awaitable[None]]


class Town:
    """People on a site in memory with this strategy. Whatever jobs an act leaves are run before it returns,
    by `handlers`, by their kind.
    """

    def __init__(self, strategy: TimelineStrategy, handlers: Mapping[str, Handler]) -> None:
        storage, self.watched = counted(MemoryStorage())
        self.strategy = strategy
        self.world = World(make_ports(storage, timeline=strategy))
        self.ports = self.world.ports
        self.build = self.world.build
        self._handlers = dict(handlers)

    async def people(self, *names: str) -> list[Account]:
        """Several persons."""
        return await self.build.people(*names)

    async def post(
        self, author: Account, text: str = "Good morning", *, answers: Post | None = None, **more: Any
    ) -> int:
        """Somebody publishes a post; its id."""
        return (await self.publish(author, text, answers=answers, **more)).id

    async def publish(self, author: Account, text: str = "Good morning", **more: Any) -> Post:
        """Somebody publishes a post."""
        entry = await self.world.publish(author, text, **more)
        await self.settle()
        return entry.post

    async def boost(self, account: Account, post: Post) -> int:
        """Somebody boosts a post; the boost's id."""
        await self.world.boost(account, post)
        await self.settle()
        found = await self.ports.storage.posts.boost_of(account.id, post.id)
        assert found is not None
        return found[0]

    async def delete(self, author: Account, post_id: int) -> None:
        """Somebody deletes a post of theirs."""
        await posts.delete_post(self.ports, await self.world.actor(author), posts.DeletePost(post_id=post_id))
        await self.settle()

    async def unboost(self, account: Account, post: Post) -> None:
        """Somebody takes a boost back."""
        command = reactions.PostCommand(post_id=post.id)
        await reactions.unboost_post(self.ports, await self.world.actor(account), command)
        await self.settle()

    async def follow(self, follower: Account, *followees: Account) -> None:
        """Somebody follows others."""
        await self.world.follow(follower, *followees)
        await self.settle()

    async def relate(self, act: str, account: Account, other: Account) -> None:
        """Somebody does something to somebody: `unfollow`, `block`, `mute`, ... of `services.relations`."""
        self.world.clock.advance(1)
        command_type = relations.MuteCommand if act == "mute" else relations.RelationCommand
        await getattr(relations, act)(
            self.ports, await self.world.actor(account), command_type(account_id=other.id)
        )
        await self.settle()

    async def member(self, member: Account, author: Account) -> None:
        """Somebody becomes a member of an author."""
        till = Till(self.build)
        hour = 3600 * 1000
        # Whether a membership holds is asked of the machine's clock.
        await till.membership(member, await till.tier(author), access_until=2**53 - hour)

    async def home(self, viewer: Account, page: Page = ALL) -> list[int]:
        """The ids on a page of somebody's home."""
        return [entry.id for entry in (await self.listing(viewer, page)).items]

    async def listing(self, viewer: Account, page: Page = ALL) -> Listing[Entry]:
        """A page of somebody's home."""
        return await read_home(self.ports, await self.world.actor(viewer), page)

    async def settle(self) -> None:
        """Run the jobs of the strategy until none is due."""
        kinds = tuple(self._handlers)
        while kinds:
            now = self.ports.clock.now()
            jobs = await self.ports.storage.queue.claim(now, limit=10, lease=60_000, kinds=kinds)
            if not jobs:
                return
            for job in jobs:
                await self._handlers[job.kind](self.ports, job)
            await self.ports.storage.queue.finish(jobs)

    async def calls_of(self, viewer: Account, page: Page) -> Sequence[str]:
        """What a page asks the storage."""
        self.watched.calls.clear()
        await self.strategy.page(self.ports.storage, viewer.id, page)
        return tuple(self.watched.calls)


__all__ = ["Handler", "Town"]
