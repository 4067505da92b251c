"""Whoever has chosen a counter-word says it after logging in in any way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.plugins import implements
from microblog_core.ports.auth import Done, Field, Form, Refused, SecondFactor, Step
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    second_factors_of,
    switch_on_second_factor,
)
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="counterword")


class CounterWord:
    """A `SecondFactor` of one step. One that is not an example counts the guesses."""

    name = "counterword"
    label = "Say the counter-word"

    def __init__(self, site: Site) -> None:
        self._site = site

    async def required(self, account: Account) -> bool:
        return self.name in await second_factors_of(self._site.ports, account.id)

    async def begin(self, account: Account, address: str) -> Step:
        return Form(fields=(Field(name="word", label="Thunder?"),), submit="Log in")

    async def resume(
        self, account: Account, values: Mapping[str, str], state: Mapping[str, str], address: str
    ) -> Step:
        if values.get("word") != "flash":
            return Refused(message="That is not the counter-word. Begin again.")
        return Done(account=account)


@implements(hookspecs.register_second_factors)
def second_factors(site: Site) -> Iterable[SecondFactor]:
    return [CounterWord(site)]


async def main() -> None:
    async with site_with({"counterword": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        (factor,) = site.contributions.second_factors
        assert not await factor.required(ada)
        command = SecondFactorCommand(account_id=ada.id, name=factor.name)
        await switch_on_second_factor(site.ports, Actor(account=ada), command)
        assert await factor.required(ada)
        assert isinstance(await factor.begin(ada, "192.0.2.1"), Form)
        assert await factor.resume(ada, {"word": "flash"}, {}, "192.0.2.1") == Done(account=ada)
        assert isinstance(await factor.resume(ada, {"word": "rain"}, {}, "192.0.2.1"), Refused)


if __name__ == "__main__":
    asyncio.run(main())
