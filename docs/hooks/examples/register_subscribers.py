"""Hears of every post after its commit; the durable one even after a crash."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import PostPublished
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.plugins import implements
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="ears")


heard: list[str] = []


async def at_once(event: PostPublished) -> None:
    heard.append("at once")


async def surely(event: PostPublished) -> None:
    heard.append("surely")


@implements(hookspecs.register_subscribers)
def subscribers(site: Site) -> Iterable[Subscriber]:
    return [
        Subscriber(name="at-once", event=PostPublished, handler=at_once),
        Subscriber(name="surely", event=PostPublished, handler=surely, durable=True),
    ]


async def main() -> None:
    async with site_with({"ears": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        await publish_post(site.ports, Actor(account=ada), PublishPost(text="Hear, hear."))
        await JobRunner(site).run_due()
    assert sorted(heard) == ["at once", "surely"]


if __name__ == "__main__":
    asyncio.run(main())
