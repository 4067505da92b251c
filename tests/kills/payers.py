"""People who pay on the website and on providers' pages, whatever dies in between."""

from __future__ import annotations

import asyncio
import http.client
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from urllib.parse import urlencode, urlsplit

from microblog_core.testing.browser import Browser, Form, Page
from microblog_plugins.testing.providers import Outcome

WAIT = 0.1
_AWAY = re.compile(r'href="(http://127\.0\.0\.1:\d+/pay/[^"]+)"')
OUTCOMES = (*[Outcome.PAID] * 14, *[Outcome.AUTHORISED] * 2, Outcome.DECLINED, "")
"""What payers do on the provider's page; some never come so far."""


class Payer:
    """One person with a browser, who sends everything again until there is an answer."""

    def __init__(self, browser: Browser, chance: random.Random) -> None:
        self._browser, self._chance = browser, chance
        self._forms: dict[str, Form] = {}
        self.begun: dict[str, tuple[str, str]] = {}
        """The address of each payment and membership, with for whom and what was asked for."""
        self.answers = 0

    async def tip(self, author: str, amount: str) -> None:
        """Tip somebody, and most often pay."""
        page = await self._send(f"/@{author}/tip", ("amount", "note"), amount=amount)
        await self._pay(page, author, amount)

    async def join(self, author: str, choice: str) -> None:
        """Become a member, and most often pay."""
        page = await self._send(f"/@{author}/membership", ("choice", "once"), choice=choice)
        if page.status != 409:
            await self._pay(page, author, choice)

    async def end(self) -> None:
        """End a membership, if it is there to be ended."""
        path = self._chance.choice([each for each in self.begun if each.startswith("/memberships/")])
        page = await self.again(lambda: self._browser.get(f"{path}/end"))
        forms = [form for form in page.forms() if form.action == f"{path}/end"]
        if forms:
            await self.again(lambda: self._browser.submit(forms[0]))

    async def _send(self, path: str, names: Sequence[str], **values: str) -> Page:
        if path not in self._forms:
            self._forms[path] = (await self.again(lambda: self._browser.get(path))).form(*names)
        form = self._forms[path]
        # The same key each time: whoever gets no answer presses the button again.
        once = secrets.token_urlsafe(12)
        page = await self.again(lambda: self._browser.submit(form, once=once, **values))
        assert page.status in (303, 402, 409, 503), f"{path}: {page.status} {page.text}"
        return page

    async def _pay(self, page: Page, author: str, asked: str) -> None:
        path = page.location.partition("?")[0]
        if page.status != 303:
            return
        self.begun[path] = (author, asked)
        shown = await self.again(lambda: self._browser.get(page.location))
        away, outcome = _AWAY.search(shown.text), self._chance.choice(OUTCOMES)
        if away is None or not outcome:
            return
        await asyncio.to_thread(press, away[1], outcome)
        if self._chance.random() < 0.4:
            await self.again(lambda: self._browser.get(f"{path}?returned=1"))

    async def again(self, ask: Callable[[], Awaitable[Page]]) -> Page:
        """Ask until there is an answer that is no failure of the site's."""
        async with asyncio.timeout(90):
            while True:
                try:
                    page = await ask()
                    if page.status < 500 or page.status == 503:
                        self.answers += 1
                        return page
                except OSError:
                    pass
                await asyncio.sleep(WAIT)


def press(address: str, outcome: str) -> None:
    """Press a button on the provider's page, again while nobody answers."""
    parts, until = urlsplit(address), time.monotonic() + 60
    while True:
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as connection:
            try:
                connection.request("POST", parts.path, urlencode({"outcome": outcome}))
                connection.getresponse().read()
                return
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
        time.sleep(WAIT)
