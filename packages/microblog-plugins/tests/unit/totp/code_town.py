"""People who log in with a password and a code, on the website and on the API's own page."""

from __future__ import annotations

import re

import pyotp
from plugin_town import PASSWORD, PluginTown, page_of, send

PATH = "/x/totp"


class CodeTown(PluginTown):
    plugin = "totp"

    async def begun(self, browser):
        """The page that shows a new secret, and the secret."""
        answer = await send(browser, await browser.get(PATH), f"{PATH}/setup")
        (shown,) = re.findall(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", answer.text)
        return answer, shown.replace(" ", "")

    async def enrol(self, actor, browser=None):
        """What somebody has afterwards: the secret in their app, and their recovery codes."""
        browser = browser or await self.browser(actor)
        page, secret = await self.begun(browser)
        answer = await send(browser, page, f"{PATH}/confirm", password=PASSWORD, code=self.code(secret))
        codes = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", answer.text)
        # The code that was shown just now is used up.
        self.clock.advance(60)
        return secret, codes

    def code(self, secret, steps=0):
        """What the app shows, or would with its clock off by so many steps."""
        return pyotp.TOTP(secret).generate_otp(self.clock.now() // 30_000 + steps)


def last_form(answer, action):
    """The last form of a page with this action, where buttons for other factors are."""
    return [each for each in page_of(answer).forms() if each.action == action][-1]
