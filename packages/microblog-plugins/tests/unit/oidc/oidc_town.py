"""A site with website and API, a provider, and browsers that go there and back."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from plugin_town import ORIGIN, PluginTown, send
from small_provider import CLIENT, SECRET, SmallProvider

from microblog_core.testing.builder import FrozenClock

PATH = "/x/oidc"
LOGIN = "/login/oidc-corp"


class OidcTown(PluginTown):
    """`settings` are those of the provider `corp`, `others` further providers."""

    plugin = "oidc"
    people = ()

    def __init__(self, *, others=None, web=True, site=None, plugins=None, **settings):
        clock = FrozenClock()
        self.provider = SmallProvider(clock.now)
        corp = {
            "issuer": self.provider.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "label": "Corp",
            **settings,
        }
        super().__init__(
            plugins,
            settings={"providers": {"corp": corp, **(others or {})}},
            installed=("totp",),
            faces=("web", "api") if web else ("api",),
            clock=clock,
            **{"base_url": ORIGIN, **(site or {})},
        )

    async def __aenter__(self):
        self._stack.enter_context(self.provider)
        return await super().__aenter__()

    async def away(self, browser, path=LOGIN):
        """The address of the provider's page that the site sends to."""
        answer = await browser.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def answered(self, browser, path=LOGIN):
        """Where the provider sends back to."""
        return await self.visit(await self.away(browser, path))

    async def visit(self, address):
        """Be at the provider, which sends back at once; where to."""
        assert address.startswith(f"{self.provider.issuer}/authorize?"), address
        async with httpx.AsyncClient(verify=False) as there:
            return (await there.get(address)).headers["location"]

    async def log_in(self, browser, path=LOGIN):
        """There and back; the last page."""
        return await follow(browser, await self.answered(browser, path))

    async def sign_up(self, browser, **values):
        """There, back, and the form filled in."""
        return await send(browser, await self.log_in(browser), LOGIN, **values)


async def follow(browser, address):
    """What is there, after as many redirects as lead on within the site."""
    answer = await browser.get(address)
    while answer.status_code == 303 and answer.headers["location"].startswith("/login"):
        answer = await browser.get(answer.headers["location"])
    return answer


def path_of(address):
    return urlsplit(address).path
