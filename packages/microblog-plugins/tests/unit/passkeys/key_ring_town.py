"""People with passkeys, on the website and on the API's own page."""

from __future__ import annotations

import html
import re

from plugin_town import PASSWORD, PluginTown, send
from soft_authenticator import SoftAuthenticator

ORIGIN = "https://social.example.org"
PATH = "/x/passkeys"


class KeyRingTown(PluginTown):
    """At `origin`, which is what passkeys are for."""

    plugin = "passkeys"

    def __init__(self, plugins=None, *, origin=ORIGIN, **more):
        super().__init__(plugins, **{"base_url": origin, **more})
        self.origin = origin

    async def begun(self, browser, name="Phone"):
        """The page that has the browser make a passkey."""
        return await send(browser, await browser.get(PATH), f"{PATH}/add", name=name, password=PASSWORD)

    async def enrol(self, actor, key=None, browser=None, name="Phone"):
        """What somebody's device has afterwards."""
        browser, key = browser or await self.browser(actor), key or SoftAuthenticator()
        page = await self.begun(browser, name)
        done = await send(
            browser, page, f"{PATH}/confirm", answer=key.create(challenge_of(page), self.origin)
        )
        assert done.status_code == 303, done.text
        return key

    async def log_in(self, key, path="/login", **forged):
        """The answer to the answer of a passkey, and the browser that it was sent from."""
        browser = await self.visitor()
        page = await browser.get(f"{path}/passkeys")
        answer = key.get(challenge_of(page), self.origin, **forged)
        return browser, await send(browser, page, f"{path}/passkeys", answer=answer)


def challenge_of(page):
    """What the page has its script ask the browser."""
    (found,) = re.findall(r'data-challenge="([^"]+)"', page.text)
    return html.unescape(found)
