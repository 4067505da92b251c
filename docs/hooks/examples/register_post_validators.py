"""No shouting."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.plugins import implements
from microblog_core.ports.content import Draft, PostValidator
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="library")


class NoShouting:
    """A `PostValidator`."""

    def validate(self, draft: Draft) -> None:
        if draft.text.isupper():
            raise Invalid(fields={"text": "This is a library. Use lower case letters, too."})


@implements(hookspecs.register_post_validators)
def post_validators(site: Site) -> Iterable[PostValidator]:
    return [NoShouting()]


async def main() -> None:
    async with site_with({"library": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        await publish_post(site.ports, Actor(account=ada), PublishPost(text="Psst."))
        try:
            await publish_post(site.ports, Actor(account=ada), PublishPost(text="HELLO"))
        except Invalid:
            return
        raise AssertionError("It is refused.")


if __name__ == "__main__":
    asyncio.run(main())
