"""For search engines: `/robots.txt`, `/sitemap.xml` and what it names.

There is one file for the site's own pages and one for each day (UTC) since somebody first joined, with the
people who came and the public posts that were written on it. Ids are in the order of time, so that a day is a
part of the listings that there are, whatever came before. Who does not wish to be indexed is in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from litestar import Request, get
from litestar.params import FromPath

from microblog_core.domain.accounts import LOCAL, Account, AccountState
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Page
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import base_url_of, site_of
from microblog_core.ports.storage import TRENDS
from microblog_core.services.timelines import read_public
from microblog_web.documents import VARY, answer_document, xml_page
from microblog_web.feeds.entries import Addresses
from microblog_web.feeds.xml import add, document
from microblog_web.requests import Sendable, scope_of
from microblog_web.times import machine
from microblog_web.views import View

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
FILES_MAX = 50_000
"""As many as an index may name; the newest days are kept."""
DAY_MAX = 5000
"""How many people and how many posts of one day are named at most, the newest ones."""
_READ = 500
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.xml")
_KEPT_OUT = (
    "/compose",
    "/invite/",
    "/feeds/",
    "/live/",
    "/login",
    "/notifications",
    "/search",
    "/settings/",
    "/signup",
)


@get("/robots.txt")
async def robots(request: Request[Any, Any, Any]) -> Sendable:
    """What is not for crawlers, and where the sitemap is."""
    scope = scope_of(request)
    base = base_url_of(scope)

    async def make(view: View) -> tuple[KeptPage, Iterable[str]]:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _KEPT_OUT), ""]
        text = "\n".join([*lines, f"Sitemap: {base}/sitemap.xml", ""])
        return KeptPage(text.encode(), content_type=b"text/plain; charset=utf-8", vary=VARY), ()

    return await answer_document(scope, f"robots:{base}", make)


@get("/sitemap.xml")
async def index(request: Request[Any, Any, Any]) -> Sendable:
    """All files there are."""
    scope = scope_of(request)
    base = base_url_of(scope)

    async def make(view: View) -> tuple[KeptPage, Iterable[str]]:
        root = Element("sitemapindex", {"xmlns": NAMESPACE})
        names = ["pages"]
        if (first := await _first_day(view)) is not None:
            today = _day(view.now)
            days = min((today - first).days + 1, FILES_MAX - 1)
            names += [(today - timedelta(days=back)).isoformat() for back in range(days)]
        for name in names:
            add(add(root, "sitemap"), "loc", f"{base}/sitemaps/{name}.xml")
        return xml_page(document(root)), ("accounts",)

    today = _day(site_of(scope).ports.clock.now()).isoformat()
    return await answer_document(scope, f"sitemap:{base}:{today}", make)


@get("/sitemaps/pages.xml")
async def pages(request: Request[Any, Any, Any]) -> Sendable:
    """The site's own pages."""
    scope = scope_of(request)
    base = base_url_of(scope)

    async def make(view: View) -> tuple[KeptPage, Iterable[str]]:
        paths = ["/", "/public", "/directory", "/about"]
        paths += ["/trends"] if TRENDS in view.ports.storage.capabilities else []
        root = Element("urlset", {"xmlns": NAMESPACE})
        for path in paths:
            add(add(root, "url"), "loc", base + path)
        return xml_page(document(root)), ()

    return await answer_document(scope, f"sitemap:{base}:pages", make)


@get("/sitemaps/{name:str}")
async def day(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Who came and what was written on a day."""
    scope = scope_of(request)
    begin = _moment_of(name)
    base = base_url_of(scope)

    async def make(view: View) -> tuple[KeptPage, Iterable[str]]:
        addresses = Addresses(base, view.web.picture_url)
        first = await _first_day(view)
        if first is None or not first <= _day(begin) <= _day(view.now):
            raise NotFound("There is no such sitemap.", hint="Begin at /sitemap.xml.")
        root = Element("urlset", {"xmlns": NAMESPACE})
        people, posts = await _people(view, begin), await _posts(view, begin)
        for account in filter(_indexed, people):
            _add(root, addresses.account(account), account.last_post_at or account.created_at)
        for entry in posts:
            if _indexed(entry.author):
                _add(root, addresses.post(entry), entry.post.edited_at or entry.post.created_at)
        # With everybody who is left out, too: they may change their mind.
        named = {account.id for account in people} | {entry.author.id for entry in posts}
        return xml_page(document(root)), ("accounts", "public", *(f"account:{each}" for each in named))

    return await answer_document(scope, f"sitemap:{base}:{name}", make)


def _add(root: Element, url: str, changed: int) -> None:
    element = add(root, "url")
    add(element, "loc", url)
    add(element, "lastmod", machine(changed))


async def _people(view: View, begin: int) -> list[Account]:
    """Local people who came on a day, newest first."""
    reader, page = view.ports.storage.accounts, _page(begin)
    found: list[Account] = []
    for _ in range(DAY_MAX // _READ):
        listing = await reader.page(page)
        found += listing.items
        if len(listing.items) < _READ or listing.older is None:
            break
        page = Page(limit=_READ, since_id=page.since_id, max_id=listing.older)
    return found


async def _posts(view: View, begin: int) -> list[Entry]:
    """Public posts of a day, newest first."""
    page = _page(begin)
    found: list[Entry] = []
    for _ in range(DAY_MAX // _READ):
        listing = await read_public(view.ports, view.actor, page)
        found += listing.items
        if len(listing.items) < _READ or listing.older is None:
            break
        page = Page(limit=_READ, since_id=page.since_id, max_id=listing.older)
    return found


def _indexed(account: Account) -> bool:
    return account.indexable and account.domain == LOCAL and account.state is AccountState.ACTIVE


async def _first_day(view: View) -> date | None:
    """The day on which the first account was made; None where there is none."""
    oldest = await view.ports.storage.accounts.page(Page(limit=1, min_id=1))
    return _day(oldest.items[0].id >> COUNTER_BITS) if oldest.items else None


def _page(begin: int) -> Page:
    """All ids that were given on the day that begins at this moment."""
    end = begin + 24 * 3600 * 1000
    return Page(limit=_READ, since_id=(begin << COUNTER_BITS) - 1, max_id=end << COUNTER_BITS)


def _day(at: int) -> date:
    return datetime.fromtimestamp(at // 1000, UTC).date()


def _moment_of(name: str) -> int:
    """When the day of a file begins (Unix milliseconds). Raises `NotFound`."""
    matched = _DAY.fullmatch(name)
    try:
        found = date.fromisoformat(matched.group(1)) if matched and name.isascii() else None
    except ValueError:
        found = None
    if found is None or found.year < 1971:
        raise NotFound("There is no such sitemap.", hint="Begin at /sitemap.xml.")
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()) * 1000


HANDLERS = (robots, index, pages, day)
