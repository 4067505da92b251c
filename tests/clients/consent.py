"""What a person does in the browser that an app has opened: log in, agree, and bring the code back.

It reads the pages as a person would, without JavaScript, and finds the forms by what they ask for.
"""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from microblog_core.testing.browser import Browser, Form, Page

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
PAGES = 8
WHO = ("name", "username", "email", "login")
NO = re.compile(r"deny|cancel|refuse|reject|log ?out|switch", re.IGNORECASE)


class Stuck(AssertionError):
    """The pages led nowhere; the message has the last one."""


def consent(url: str, username: str, password: str) -> dict[str, str]:
    """Open an app's authorization address, log in and agree.

    Returns the query of the address that the browser is sent back to; where there is none, the code that the
    page shows, as `code`.
    """
    return asyncio.run(_consent(url, username, password))


async def _consent(url: str, username: str, password: str) -> dict[str, str]:
    address = urlsplit(url)
    assert address.hostname in {"127.0.0.1", "localhost"}, f"not on this machine: {url}"
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    async with Browser(address.port or 80, host=address.hostname) as browser:
        page = await browser.get(address._replace(scheme="", netloc="").geturl(), follow=False)
        for _ in range(PAGES):
            if (answer := _answer(page, browser.origin, asked["redirect_uri"])) is not None:
                return answer
            page = await _next(browser, page, username, password)
    raise Stuck(f"no code after {PAGES} pages; the last: {page.status} {page.path}\n{page.text}")


def _answer(page: Page, origin: str, redirect_uri: str) -> dict[str, str] | None:
    """What the site gave back, if this page gives it: by a redirect, by a link to follow, or to be copied."""
    location = page.headers.get("location", "")
    if location and not location.startswith(("/", origin)):
        assert location.startswith(redirect_uri), f"sent to {location} instead of {redirect_uri}"
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    if location or page.status != 200 or _buttons(page):
        return None
    shown = _Shown(page.text)
    if redirect_uri == OUT_OF_BAND:
        if len(shown.codes) != 1:
            raise Stuck(f"the page shows {shown.codes} as codes\n{page.text}")
        return {"code": shown.codes[0]}
    return next(
        (
            {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
            for link in shown.links
            if link.startswith(redirect_uri)
        ),
        None,
    )


async def _next(browser: Browser, page: Page, username: str, password: str) -> Page:
    if page.location:
        return await browser.get(page.location, follow=False)
    if page.status != 200:
        raise Stuck(f"{page.path} answers {page.status}\n{page.text}")
    for form in page.forms():
        if "password" in form.names:
            who = next(name for name in WHO if name in form.names)
            return await browser.submit(form, **{who: username, "password": password})
    agreeing = sorted(_buttons(page), key=lambda button: "client_id" not in button[0].names)
    for form, name, value, target in agreeing:
        fields = {**form.fields, name: value} if name else form.fields
        return await browser.post(target or form.action, fields)
    raise Stuck(f"nothing to do on {page.path}\n{page.text}")


def _buttons(page: Page) -> list[tuple[Form, str, str, str]]:
    """The buttons that may agree: their form, name, value, and own address where they have one."""
    shown = _Shown(page.text)
    return [
        (form, button.get("name", ""), button.get("value", ""), button.get("formaction", ""))
        for form, buttons in zip(page.forms(), shown.forms, strict=True)
        if form.method == "post"
        for button, label in buttons
        if not NO.search(" ".join([label, form.action, *button.values()]))
    ]


class _Shown(HTMLParser):
    """The buttons of each form with their labels, the links, and what could be the code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[list[tuple[dict[str, str], str]]] = []
        self.links: list[str] = []
        self.codes: list[str] = []
        self._inside = False
        self._in_code = False
        self._label: list[str] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append([])
            self._inside = True
        elif tag == "button" and self._inside and attributes.get("type", "submit") == "submit":
            self.forms[-1].append((attributes, ""))
            self._label = []
        elif tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag == "code":
            self._in_code = True
        elif tag == "input" and "readonly" in attributes:
            self.codes.append(attributes.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "code":
            self._in_code = False
        elif tag == "button" and self._label is not None:
            attributes, _ = self.forms[-1].pop()
            self.forms[-1].append((attributes, "".join(self._label)))
            self._label = None

    def handle_data(self, data: str) -> None:
        if self._label is not None:
            self._label.append(data)
        if self._in_code:
            self.codes.append(data.strip())
