"""People who make keys on the website, and programs that use them on the API."""

from __future__ import annotations

import re

from plugin_town import PluginTown, page_of

PATH = "/x/apikeys"


class KeyTown(PluginTown):
    plugin = "apikeys"

    async def program(self, token):
        return await self.client(authorization=f"Bearer {token}")

    async def made(self, actor, *scopes, **fields):
        """A key that somebody makes on the page, and the page that shows it."""
        browser = await self.browser(actor)
        sent = {**(await form_of(browser)), "name": "A script", "days": "90"}
        sent |= {f"scope-{scope}": "1" for scope in scopes or ("read",)}
        answer = await browser.post(PATH, data={**sent, **fields})
        found = re.findall(r"<code>(mbk_\w{49})</code>", answer.text)
        return found[0] if found else None, answer


async def form_of(browser, *names):
    return page_of(await browser.get(PATH)).form(*(names or ("name", "days"))).fields


async def revoke(browser, key_id):
    fields = await form_of(browser, "key")
    return await browser.post(f"{PATH}/revoke", data={**fields, "key": str(key_id)})
