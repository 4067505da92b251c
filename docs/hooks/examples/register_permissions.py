"""A permission of the plugin's own, for moderators and above."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Role
from microblog_core.domain.permissions import SYSTEM, Actor, Permission
from microblog_core.plugins import implements
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="garden")


@implements(hookspecs.register_permissions)
def permissions() -> Iterable[Permission]:
    return [Permission("garden.water", "Water the garden", role=Role.MODERATOR)]


async def main() -> None:
    async with site_with({"garden": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        assert not site.ports.authoriser.allows(Actor(account=ada), "garden.water")
        assert site.ports.authoriser.allows(SYSTEM, "garden.water")


if __name__ == "__main__":
    asyncio.run(main())
