"""From a request to a view and back to an answer: what all controllers share."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote

from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.ids import parse_id
from microblog_core.domain.timelines import Listing, page_from
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.http import csrf
from microblog_core.http.cookies import read_cookies
from microblog_core.http.flash import FLASH_COOKIE, add_flash, take_flashes
from microblog_core.http.kept import KeptPage
from microblog_core.http.login import safe_next
from microblog_core.http.scope import Scope, header, query_of, site_of
from microblog_core.http.sessions import SESSION_COOKIE, SessionAuthenticator, below_of, identify
from microblog_core.services.site_texts import read_face
from microblog_web.forms import read_form, read_form_with_files
from microblog_web.i18n import DEFAULT, asked_for, spoken
from microblog_web.pages import Page
from microblog_web.responses import Answer, see_other
from microblog_web.times import read_in
from microblog_web.views import View

if TYPE_CHECKING:
    from litestar import Request

    from microblog_web.website import WebSite

_PLAIN = re.compile(r"[A-Za-z0-9/@._-]*")
_CURSOR = re.compile(rb"(?:max_id|min_id)=[1-9][0-9]{0,18}")
_KEPT_PATH_LENGTH = 200

Tags = Iterable[str]
Draw = Callable[[View], Awaitable[tuple[Page, Tags]]]
STRANGERS_BODY_LIMIT = 256 << 10
SHORTCUTS_COOKIE = "microblog_shortcuts"
"""Says `off` in browsers where single keys shall do nothing."""
VARY = b"accept-encoding, accept-language, cookie"
"""What of a request a kept page depends on."""
EVERY_PAGE = ("account-states", "site")
"""Cache tags of every kept page: when accounts are suspended or restored, any listing may change, and every
page when the site changes its name, its look or its emojis.
"""


class Sendable(Protocol):
    """What controllers return: an ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def scope_of(request: Request) -> Scope:  # type: ignore[type-arg]
    """The ASGI scope, as core's pieces want it."""
    return cast("Scope", request.scope)


def website_of(scope: Scope) -> WebSite:
    """The website of the request's site."""
    website: WebSite = scope["state"]["website"]
    return website


async def view_of(scope: Scope) -> View:
    """Who looks at what. Raises `Unavailable`."""
    site = site_of(scope)
    visitor = await identify(scope)
    actor = visitor.actor
    ports = site.ports
    await read_face(ports)
    query = scope["query_string"]
    path = scope["path"]
    read_in(visitor.login.timezone if visitor.login is not None else "")
    here = path if _PLAIN.fullmatch(path) else quote(path, safe="/@~:")
    if query:
        here += f"?{query.decode('latin-1')}"
    view = View(
        web=website_of(scope),
        ports=ports,
        actor=actor,
        locale=locale_of(scope, visitor.login),
        now=ports.clock.now(),
        here=here,
        login=visitor.login,
    )
    cookies = read_cookies(scope)
    view.shortcuts = cookies.get(SHORTCUTS_COOKIE) != "off"
    if FLASH_COOKIE in cookies:
        view.flash = [(flash.level, flash.text, flash.undo) for flash in take_flashes(scope)]
    if actor.account is not None:
        view.csrf = visitor.csrf
        session = visitor.identity.session if visitor.identity is not None else None
        view.token_hash = session.token_hash if session is not None else ""
    return view


def locale_of(scope: Scope, login: Login | None = None) -> str:
    """The language of a page: the one that its reader chose, else the one that their browser asks for."""
    if login is not None and login.locale:
        return spoken(login.locale)
    return asked_for(header(scope, b"accept-language"))


def needs_login(view: View) -> Account:
    """The account that is logged in. Raises `Unauthenticated`, which leads to the log-in page."""
    if view.me is None:
        raise Unauthenticated("You are not logged in.", hint="Log in and try again.")
    return view.me


async def answer_page(view: View, page: Page, status: int = 200) -> Answer:
    """A page for this reader alone."""
    return Answer(await view.web.page(view, page), status)


async def answer_shared(scope: Scope, draw: Draw) -> Sendable:
    """A page that everybody may see: kept for anonymous readers, drawn anew for everybody else."""
    view = await view_of(scope)
    key = page_key(scope)
    if view.me is not None or view.flash or key is None:
        page, _ = await draw(view)
        return await answer_page(view, page)

    async def make() -> tuple[KeptPage, Tags]:
        page, tags = await draw(view)
        kept = KeptPage(await view.web.page(view, page), vary=VARY, until=view.until)
        return kept, {*tags, *EVERY_PAGE, *view.web.slots.tags}

    return Kept(await view.web.kept.get_or_make(view.ports.cache, key, make))


class Kept:
    """A kept page as the answer to the request that made it."""

    __slots__ = ("_page",)

    def __init__(self, page: KeptPage) -> None:
        self._page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._page.send(scope, send)


def page_key(scope: Scope) -> str | None:
    """Under which key a page for this request would be kept; None for addresses whose pages never are."""
    path, query = scope["path"], scope["query_string"]
    if len(path) > _KEPT_PATH_LENGTH or (query and _CURSOR.fullmatch(query) is None):
        return None
    locale = locale_of(scope)
    where = path if locale == DEFAULT else f"{locale}:{path}"
    return f"page:{where}?{query.decode('ascii')}" if query else f"page:{where}"


async def kept_for(scope: Scope) -> KeptPage | None:
    """The kept page that answers this request, if it comes from somebody anonymous and there is one."""
    key = page_key(scope)
    if key is None:
        return None
    site = site_of(scope)
    page = site.ports.cache.get(key)
    if not isinstance(page, KeptPage) or not page.holds(site.ports.clock.now()):
        return None
    cookies = read_cookies(scope)
    if FLASH_COOKIE in cookies:
        return None
    if SESSION_COOKIE in cookies or scope["path"].startswith(website_of(scope).recognises_below):
        return page if (await identify(scope)).identity is None else None
    return page


def recognised_below(authenticators: Iterable[object]) -> tuple[str, ...]:
    """The path prefixes below which somebody may be recognised by something else than the session cookie."""
    others = [each for each in authenticators if type(each) is not SessionAuthenticator]
    return tuple(prefix for each in others for prefix in (below_of(each) or ("/",)))


async def sent_form(request: Request) -> Mapping[str, str]:  # type: ignore[type-arg]
    """The fields of a form that came from a page of ours. Raises `BadRequest`, `csrf.Forged`."""
    values = await read_form(request)
    await csrf.check(scope_of(request), values.get(csrf.FIELD, ""))
    return values


async def form_with_files(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:  # type: ignore[type-arg]
    """The fields and files of a form. What is large is read from people who are logged in only. Raises
    `Unauthenticated`, `BadRequest`.
    """
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > STRANGERS_BODY_LIMIT:
        visitor = await identify(scope_of(request))
        if visitor.actor.account is None:
            raise Unauthenticated("You are not logged in.", hint="Log in and send it again.")
    return await read_form_with_files(request)


async def sent_form_with_files(request: Request) -> tuple[Mapping[str, str], Mapping[str, bytes]]:  # type: ignore[type-arg]
    """The same with files, by their fields."""
    values, files = await form_with_files(request)
    await csrf.check(scope_of(request), values.get(csrf.FIELD, ""))
    return values, files


def back(request: Request, values: Mapping[str, str], *, anchor: str = "", default: str = "/") -> Answer:  # type: ignore[type-arg]
    """Back to the page whose button was pressed, at the same place of it."""
    target = safe_next(values.get("return_to", ""), default)
    if anchor:
        target = f"{target.partition('#')[0]}#{anchor}"
    return see_other(target)


def flash(request: Request, text: str, level: str = "success", undo: str = "") -> None:  # type: ignore[type-arg]
    """Say something on the next page; with `undo`, a button there sends a POST to this path."""
    add_flash(scope_of(request), text, level, undo)


def listing_page(scope: Scope) -> ListingPage:
    """The part of a listing that was asked for. Raises `NotFound` for what is no cursor of ours."""
    query = query_of(scope) if scope["query_string"] else {}
    try:
        return page_from(max_id=query.get("max_id", ""), min_id=query.get("min_id", ""))
    except Invalid:
        raise NotFound("There is no such page.", hint="Begin at the newest posts.") from None


def neighbours(path: str, listing: Listing[Any]) -> dict[str, str]:
    """The links to the pages around a page of a listing, as templates want them."""
    return {
        "older": f"{path}?max_id={listing.older}" if listing.older is not None else "",
        "newer": f"{path}?min_id={listing.newer}" if listing.newer is not None else "",
        "newest": path,
    }


def post_id_from(text: str) -> int:
    """An id in an address. Raises `NotFound`."""
    post_id = parse_id(text)
    if post_id is None:
        raise NotFound("This post does not exist, or you may not see it.")
    return post_id


def handle_from(text: str) -> tuple[str, str]:
    """`@ada` or `@ada@example.org` in an address as (username, domain). Raises `NotFound`."""
    if not text.startswith("@") or len(text) > 300:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    username, _, domain = text[1:].partition("@")
    return username, domain.casefold()


def typed(values: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The fields of a form that its page shows."""
    return {name: values.get(name, "") for name in names}
