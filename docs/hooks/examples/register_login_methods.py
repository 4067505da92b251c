"""Who knows the word of the day logs in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.permissions import SYSTEM
from microblog_core.plugins import implements
from microblog_core.ports.auth import Done, Field, Form, LoginMethod, Refused, Step
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="word")


class WordOfTheDay:
    """A `LoginMethod` of one step."""

    name = "word"
    label = "Log in with the word of the day"

    def __init__(self, site: Site) -> None:
        self._site = site

    async def begin(self, address: str) -> Step:
        fields = (Field(name="name", label="Your name"), Field(name="word", label="The word"))
        return Form(fields=fields, submit="Log in")

    async def resume(self, values: Mapping[str, str], state: Mapping[str, str], address: str) -> Step:
        account = await self._site.ports.storage.accounts.by_name(values.get("name", ""))
        if account is None or values.get("word") != "teapot":
            return Refused(message="That is not today's word. Ask for it at the door.")
        return Done(account=account)


@implements(hookspecs.register_login_methods)
def login_methods(site: Site) -> Iterable[LoginMethod]:
    return [WordOfTheDay(site)]


async def main() -> None:
    async with site_with({"word": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        method = site.login_methods[-1]
        assert isinstance(await method.begin("192.0.2.1"), Form)
        assert await method.resume({"name": "ada", "word": "teapot"}, {}, "") == Done(account=ada)
        assert isinstance(await method.resume({"name": "ada", "word": "cup"}, {}, ""), Refused)


if __name__ == "__main__":
    asyncio.run(main())
