"""A small world for tests: a whole site's ports with a frozen clock, ids without chance and events kept for
looking at.

`make_ports()` gives ports for any use case; `World` adds people who act. Storage is in memory unless
another is given. Use cases and built-in plugins are imported when they are needed, so that a plugin's tests
load no more than they use.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Post, Visibility
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.memory.cache import MemoryCache
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.context import Ports
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder, CountingIds, FrozenClock

E = TypeVar("E", bound=Event)

BASE_URL = "https://microblog.example"


class RecordingBus:
    """A `ports.bus.Bus` that keeps every event in `events`, in order. What an observer raises comes
    through.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._observers: list[tuple[type[Event], Callable[[Any], None], bool]] = []

    def publish(self, event: Event) -> None:
        """Keep the event and tell the observers of its type."""
        self.events.append(event)
        for event_type, observer, _ in tuple(self._observers):
            if isinstance(event, event_type):
                observer(event)

    def relay(self, event: Event) -> None:
        """Tell the observers of its type that listen everywhere."""
        for event_type, observer, everywhere in tuple(self._observers):
            if everywhere and isinstance(event, event_type):
                observer(event)

    def subscribe(
        self, event_type: type[E], observer: Callable[[E], None], *, everywhere: bool = False
    ) -> Callable[[], None]:
        """Listen; the function returned ends it."""
        entry = (event_type, observer, everywhere)
        self._observers.append(entry)
        return lambda: self._observers.remove(entry)

    def of(self, event_type: type[E]) -> list[E]:
        """The events of a type, oldest first."""
        return [event for event in self.events if isinstance(event, event_type)]

    def clear(self) -> None:
        """Forget what happened so far."""
        self.events.clear()


class QuickPasswords:
    """A `ports.auth.Passwords` without cost: for tests only, since it hides nothing."""

    async def hash(self, password: str) -> str:
        """The password itself, marked."""
        return f"plain:{password}"

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is the one."""
        return password_hash == f"plain:{password}"


def make_ports(storage: Storage | None = None, **changes: Any) -> Ports:
    """The ports of a site called `test`, with the built-in content, policy and hybrid timeline.

    `changes` replace single ports by name. The storage must be open. The clock is a `FrozenClock`, ids are
    `CountingIds`, the bus is a `RecordingBus`, passwords are not hashed, and nothing is durable.
    """
    from microblog_core.defaults.content import Addresses, Hashtags, Mentions, PlainText
    from microblog_core.defaults.policy import OwnerPolicy
    from microblog_core.defaults.timelines import Hybrid
    from microblog_core.services.authorisation import PolicyAuthoriser
    from microblog_core.services.content import Pipeline

    clock = changes.pop("clock", None) or FrozenClock()
    base_url = changes.pop("base_url", BASE_URL)
    ports = Ports(
        site="test",
        base_url=base_url,
        storage=MemoryStorage() if storage is None else storage,
        blobs=MemoryBlobs(),
        cache=MemoryCache(),
        bus=RecordingBus(),
        clock=clock,
        ids=CountingIds(),
        content=Pipeline((Mentions(), Hashtags(), Addresses()), (PlainText(),), (), base_url),
        timeline=Hybrid(),
        authoriser=PolicyAuthoriser((OwnerPolicy(),)),
        limiter=MemoryRateLimiter(clock),
        passwords=QuickPasswords(),
        durable=lambda event: (),
    )
    return dataclasses.replace(ports, **changes)


class World:
    """People who use a site through its use cases; `build` puts things into the storage directly."""

    def __init__(self, ports: Ports | None = None) -> None:
        self.ports = ports or make_ports()
        self.storage = self.ports.storage
        self.build = Builder(self.storage, self.clock, self.ids)

    @property
    def clock(self) -> FrozenClock:
        """The site's clock; TypeError if the ports were made with another kind."""
        if not isinstance(self.ports.clock, FrozenClock):
            raise TypeError("the world moves its clock: make the ports with a FrozenClock")
        return self.ports.clock

    @property
    def ids(self) -> CountingIds:
        """The site's ids; TypeError if the ports were made with another kind."""
        if not isinstance(self.ports.ids, CountingIds):
            raise TypeError("the world counts its ids: make the ports with CountingIds")
        return self.ports.ids

    @property
    def bus(self) -> RecordingBus:
        """The site's bus; TypeError if the ports were made with another kind."""
        if not isinstance(self.ports.bus, RecordingBus):
            raise TypeError("the world looks at events: make the ports with a RecordingBus")
        return self.ports.bus

    async def sign_up(self, username: str, *, password: str = "correct horse") -> Account:
        """Somebody signs up, with the address `username@example.org`."""
        from microblog_core.services import accounts

        self.clock.advance(1)
        command = accounts.SignUp(username=username, email=f"{username}@example.org", password=password)
        return await accounts.sign_up(self.ports, Actor(address="203.0.113.7"), command)

    async def actor(self, account: Account) -> Actor:
        """Somebody as they are now, for a use case. Raises `NotFound`."""
        now = await self.storage.accounts.get(account.id)
        if now is None:
            raise NotFound("There is no such account.")
        return Actor(account=now, address="203.0.113.7")

    async def publish(
        self,
        author: Account,
        text: str,
        *,
        visibility: Visibility = Visibility.PUBLIC,
        answers: Post | None = None,
        **more: Any,
    ) -> Entry:
        """Somebody publishes a post, a second later."""
        from microblog_core.services import posts

        self.clock.advance(1)
        command = posts.PublishPost(
            text=text, visibility=visibility, in_reply_to_id=answers.id if answers else None, **more
        )
        return await posts.publish_post(self.ports, await self.actor(author), command)

    async def boost(self, account: Account, post: Post) -> Entry:
        """Somebody boosts a post, a second later."""
        from microblog_core.services import reactions

        self.clock.advance(1)
        return await reactions.boost_post(
            self.ports, await self.actor(account), reactions.PostCommand(post_id=post.id)
        )

    async def favourite(self, account: Account, post: Post) -> Entry:
        """Somebody favourites a post, a second later."""
        from microblog_core.services import reactions

        self.clock.advance(1)
        return await reactions.favourite_post(
            self.ports, await self.actor(account), reactions.PostCommand(post_id=post.id)
        )

    async def follow(self, follower: Account, *followees: Account) -> None:
        """Somebody follows others, one a second."""
        from microblog_core.services import relations

        for followee in followees:
            self.clock.advance(1)
            command = relations.RelationCommand(account_id=followee.id)
            await relations.follow(self.ports, await self.actor(follower), command)
