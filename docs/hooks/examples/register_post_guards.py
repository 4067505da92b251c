"""Three posts for each person, as long as the process runs."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.plugins import implements
from microblog_core.ports.content import Draft, PostGuard
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="ration")


class ThreePosts:
    """A `PostGuard`: what it counts on entering it takes back where the post was not stored."""

    def __init__(self) -> None:
        self._posts: Counter[int] = Counter()

    @asynccontextmanager
    async def admit(self, draft: Draft) -> AsyncIterator[None]:
        if self._posts[draft.account_id] == 3:
            raise Invalid(fields={"text": "You have written your three posts. Change one of them."})
        self._posts[draft.account_id] += 1
        try:
            yield
        except BaseException:
            self._posts[draft.account_id] -= 1
            raise


@implements(hookspecs.register_post_guards)
def post_guards(site: Site) -> Iterable[PostGuard]:
    return [ThreePosts()]


async def main() -> None:
    async with site_with({"ration": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        for text in ("One", "Two", "Three"):
            await publish_post(site.ports, Actor(account=ada), PublishPost(text=text))
        try:
            await publish_post(site.ports, Actor(account=ada), PublishPost(text="Four"))
        except Invalid:
            return
        raise AssertionError("It is refused.")


if __name__ == "__main__":
    asyncio.run(main())
