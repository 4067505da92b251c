"""Error pages: what went wrong, and what to do next, in the site's own look.

Errors raised on purpose are drawn here; anything unexpected goes up to core, which logs it and has
`render_error` draw a 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar.exceptions import HTTPException
from markupsafe import Markup

from microblog_core.contributions import Rejection
from microblog_core.domain.errors import (
    DomainError,
    MicroblogError,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from microblog_core.http.errors import BadRequest, MethodNotAllowed, error_for
from microblog_core.http.pages import PlainPages
from microblog_core.http.scope import Headers, Scope
from microblog_web.i18n import mark, translations
from microblog_web.inplace import in_place
from microblog_web.pages import Page
from microblog_web.requests import locale_of, view_of
from microblog_web.responses import PLAIN, PRIVATE, Answer, see_other
from microblog_web.website import WebSite

TITLES: Mapping[int, str] = {
    400: mark("That request can't be read"),
    401: mark("Please log in"),
    403: mark("That isn't allowed"),
    404: mark("Nothing here"),
    405: mark("Not this way"),
    409: mark("Something changed in between"),
    410: mark("This is gone"),
    413: mark("Too large"),
    414: mark("Address too long"),
    421: mark("Unknown host"),
    422: mark("That can't be right"),
    429: mark("Slow down a little"),
    500: mark("Something broke"),
    503: mark("Back in a moment"),
}


def translated(error: Exception) -> MicroblogError | None:
    """What to say about an exception; None for one that nobody raised on purpose."""
    if isinstance(error, DomainError | Unavailable):
        return error
    if not isinstance(error, HTTPException) or error.status_code >= 500:
        return None
    if error.status_code == 404:
        return NotFound(
            "There is no page at this address.", hint="Check the address, or begin at the front page."
        )
    if error.status_code == 405:
        return MethodNotAllowed(
            "This address can't be used in this way.", hint="Open the page and use its buttons."
        )
    if error.status_code == 413:
        return TooLarge("The request is too large.", hint="Send less at once.")
    return BadRequest("The request can't be read.", hint="Go back, reload the page and try again.")


async def answer_error(scope: Scope, exception: Exception) -> Answer | None:
    """The answer to an exception that a page raised; None where core must deal with it."""
    error = translated(exception)
    if error is None:
        return None
    if in_place(scope) and not isinstance(error, Unavailable):
        return Answer((await view_of(scope)).explain(error).encode(), error.status, PLAIN)
    if isinstance(error, Unauthenticated) and scope["method"] in ("GET", "HEAD"):
        query = scope["query_string"].decode("latin-1")
        here = scope["path"] + (f"?{query}" if query else "")
        return see_other(f"/login?next={quote(here, safe='/@')}")
    if isinstance(error, Unavailable):
        error_for(scope, error)
        rejected = render_error(scope, error)
        return Answer(rejected.body, rejected.status, rejected.headers)
    view = await view_of(scope)
    title = view.translate(TITLES.get(error.status, TITLES[500]))
    page = Page(title=title, main=_main(view.web, view.locale, error), newcomers=False)
    return Answer(await view.web.page(view, page), error.status, _headers(error, exception))


def render_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """Draw what core answers itself. Where no site was found, or the site's templates fail, core's plain
    page stands in.
    """
    state = scope.get("state") or {}
    website: WebSite | None = state.get("website")
    if website is None and "site" in state:
        from microblog_web.app import website_for

        website = website_for(state["site"])
    if website is None:
        text = f"{error.message} {error.hint}".strip()
        body = PlainPages().message(TITLES.get(error.status, TITLES[500]), text)
    else:
        locale = locale_of(dict(scope))
        title = translations(locale).gettext(TITLES.get(error.status, TITLES[500]))
        body = website.bare(locale, title, _main(website, locale, error))
    return Rejection(status=error.status, headers=_headers(error), body=body)


def _main(website: WebSite, locale: str, error: MicroblogError) -> Markup:
    title = TITLES.get(error.status, TITLES[500])
    return website.render("web/error.html", locale, error=error, title=title)


def _headers(error: MicroblogError, exception: Exception | None = None) -> Headers:
    headers: Headers = [*PRIVATE]
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    if isinstance(exception, HTTPException) and exception.headers:
        headers += [
            (name.lower().encode("latin-1"), str(value).encode("latin-1"))
            for name, value in exception.headers.items()
            if name.lower() == "allow"
        ]
    return headers
