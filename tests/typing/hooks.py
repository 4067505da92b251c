"""What mypy sees of a plugin's hooks: `@implements` compares a function with the hook it implements.

Read by `nox -s types`, never run. Each ignored error is one that must be found: mypy complains about
ignores that are not needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import assert_type

import click

from microblog_api import hookspecs as api_hookspecs
from microblog_api.contributions import PostField
from microblog_api.entities import Account, Status
from microblog_core import hookspecs
from microblog_core.contributions import StorageFactory
from microblog_core.domain.notifications import Message
from microblog_core.domain.permissions import Actor
from microblog_core.plugins import Secret, hookimpl, implements
from microblog_core.ports.channels import Channel
from microblog_core.site import Site


class Pigeon:
    """A channel."""

    name = "pigeon"

    async def deliver(self, message: Message, *, key: str) -> None:
        """Let it fly."""


class Letter:
    """No channel: it can't be told apart by a key."""

    name = "letter"

    async def deliver(self, message: Message) -> None:
        """Post it."""


# The parameters and the result that the hook has, under any name.


@implements(hookspecs.register_channels)
def channels(site: Site) -> list[Channel]:
    return [Pigeon()]


def a_marked_hook_can_still_be_called(site: Site) -> None:
    assert_type(channels(site), Iterable[Channel])
    channels("the site")  # type: ignore[arg-type]


@implements(hookspecs.register_channels)
def channels_one_by_one(site: Site) -> Iterator[Channel]:
    yield Pigeon()


# A hook that needs nothing of the site may leave it out, as pluggy allows.


@implements(hookspecs.register_channels)
def channels_without_site() -> tuple[Pigeon, ...]:
    return (Pigeon(),)


@implements(hookspecs.register_storages)
def storages() -> Iterable[StorageFactory]:
    return ()


@implements(hookspecs.lifespan)
def no_lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    return None


@implements(hookspecs.register_commands)
def commands() -> list[click.Command]:
    return [click.Command("greet")]


@hookimpl
def register_channels(site: Site) -> list[Channel]:
    return [Pigeon()]


# Resolvers of fields get all entities of an answer.


class Words:
    """How many words each post has."""

    async def resolve(self, site: Site, actor: Actor, posts: Sequence[Status]) -> Sequence[int]:
        """Count them."""
        return [len(post.content.split()) for post in posts]


class OneByOne:
    """No resolver: it would be asked for each account."""

    async def resolve(self, site: Site, actor: Actor, account: Account) -> int:
        """Count it."""
        return 1


@implements(api_hookspecs.register_post_fields)
def post_fields() -> list[PostField]:
    return [PostField(name="words", type=int, resolver=Words())]


PostField(name="words", type=int, resolver=OneByOne())  # type: ignore[arg-type]


# What is wrong is found.


@implements(hookspecs.register_channels)  # type: ignore[arg-type]
def wrong_item(site: Site) -> list[Letter]:
    return [Letter()]


@implements(hookspecs.register_channels)  # type: ignore[arg-type]
def wrong_result(site: Site) -> Channel:
    return Pigeon()


@implements(hookspecs.register_channels)  # type: ignore[arg-type]
def wrong_parameter(site: int) -> list[Channel]:
    return [Pigeon()]


@implements(hookspecs.register_channels)  # type: ignore[arg-type]
def surplus_parameter(site: Site, request: object) -> list[Channel]:
    return [Pigeon()]


@implements(hookspecs.register_storages)  # type: ignore[arg-type]
def storages_do_not_get_the_site(site: Site) -> list[StorageFactory]:
    return []


@implements(hookspecs.register_channels)  # type: ignore[arg-type]
async def hooks_are_synchronous(site: Site) -> list[Channel]:
    return [Pigeon()]


# A secret is no text.


def log_in(password: str) -> None: ...


log_in(Secret("hunter2"))  # type: ignore[arg-type]
log_in(Secret("hunter2").reveal())
