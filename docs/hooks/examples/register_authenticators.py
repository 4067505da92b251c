"""Who has the key of the house comes in as its keeper."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Identity
from microblog_core.domain.permissions import SYSTEM
from microblog_core.plugins import implements
from microblog_core.ports.auth import Authenticator, Request
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="keys")


class HouseKey:
    """An `Authenticator`. It is asked below `/api/` alone."""

    below = ("/api/",)

    def __init__(self, site: Site) -> None:
        self._site = site

    async def authenticate(self, request: Request) -> Identity | None:
        if request.headers.get("x-house-key") != self._site.secret("keys house").hex():
            return None
        keeper = await self._site.ports.storage.accounts.by_name("ada")
        return Identity(account=keeper, method="house key") if keeper is not None else None


@implements(hookspecs.register_authenticators)
def authenticators(site: Site) -> Iterable[Authenticator]:
    return [HouseKey(site)]


async def main() -> None:
    async with site_with({"keys": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        key = site.secret("keys house").hex()
        own = site.contributions.authenticators[-1]
        for shown, known in ((key, True), ("a copy", False)):
            request = Request(
                method="GET",
                path="/api/v1/x",
                headers={"x-house-key": shown},
                cookies={},
                query={},
                address="",
            )
            identity = await own.authenticate(request)
            assert (identity is not None and identity.account.id == ada.id) is known


if __name__ == "__main__":
    asyncio.run(main())
