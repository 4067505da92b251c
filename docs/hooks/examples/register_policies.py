"""Nobody publishes while the shop is closed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.errors import Forbidden
from microblog_core.domain.permissions import SYSTEM, Actor, Decision
from microblog_core.plugins import implements
from microblog_core.ports.policies import Policy
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="shop")


shop = {"open": True}


class OpeningHours:
    """A `Policy`: it denies, and leaves all else to the others."""

    def decide(self, actor: Actor, permission: str, subject: object | None) -> Decision:
        closed = permission == "posts.write" and not shop["open"]
        return Decision.DENY if closed else Decision.ABSTAIN


@implements(hookspecs.register_policies)
def policies(site: Site) -> Iterable[Policy]:
    return [OpeningHours()]


async def main() -> None:
    async with site_with({"shop": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        await publish_post(site.ports, Actor(account=ada), PublishPost(text="We are open."))
        shop["open"] = False
        try:
            await publish_post(site.ports, Actor(account=ada), PublishPost(text="Are we?"))
        except Forbidden:
            return
        raise AssertionError("It is denied.")


if __name__ == "__main__":
    asyncio.run(main())
