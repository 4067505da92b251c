"""Keyboard shortcuts: which there are, and switching them off (WCAG 2.2, 2.1.4), in this browser alone."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from microblog_core.http.cookies import delete_cookie, set_cookie
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import (
    SHORTCUTS_COOKIE,
    Sendable,
    answer_page,
    flash,
    needs_login,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other

KEPT_SECONDS = 400 * 86400
"""Browsers keep no cookie for longer."""
SHORTCUTS: tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...] = (
    (
        mark("In a listing"),
        (
            (("j",), mark("The next post")),
            (("k",), mark("The post before")),
            (("o",), mark("Open the post")),
            (("a",), mark("Open its author's profile")),
            ((".",), mark("Show new posts")),
        ),
    ),
    (
        mark("With the post that has the focus"),
        (
            (("f",), mark("Favourite it, or take that back")),
            (("b",), mark("Boost it, or take that back")),
            (("m",), mark("Bookmark it, or take that back")),
            (("r",), mark("Reply")),
            (("x",), mark("Unfold or fold what is behind a warning")),
            (("v",), mark("See its pictures in full size")),
            (("e",), mark("Everything else that can be done with it")),
        ),
    ),
    (
        mark("Everywhere"),
        (
            (("n",), mark("Write a post")),
            (("/",), mark("Search")),
            (("g", "h"), mark("Home")),
            (("g", "p"), mark("Public posts")),
            (("g", "n"), mark("Notifications")),
            (("g", "c"), mark("Conversations")),
            (("g", "b"), mark("Bookmarks")),
            (("g", "f"), mark("Favourites")),
            (("g", "l"), mark("Lists")),
            (("g", "s"), mark("Settings")),
            (("?",), mark("This page")),
        ),
    ),
)
"""Which keys do what, one after the other, by where; the script knows the same."""


@get("/shortcuts")
async def shortcuts(request: Request[Any, Any, Any]) -> Sendable:
    """All shortcuts, and a button to switch them off."""
    view = await view_of(scope_of(request))
    main = view.web.render(
        "web/shortcuts.html",
        view.locale,
        sections=SHORTCUTS,
        member=view.me is not None,
        on=view.shortcuts,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=view.translate("Keyboard shortcuts"), main=main))


@post("/shortcuts")
async def switch(request: Request[Any, Any, Any]) -> Sendable:
    """Switch them off or on again, in this browser."""
    values = await sent_form(request)
    scope = scope_of(request)
    view = await view_of(scope)
    needs_login(view)
    if values.get("shortcuts") == "off":
        set_cookie(scope, SHORTCUTS_COOKIE, "off", max_age=KEPT_SECONDS)
        flash(request, view.translate("Keyboard shortcuts are off in this browser."))
    else:
        delete_cookie(scope, SHORTCUTS_COOKIE)
        flash(request, view.translate("Keyboard shortcuts are on."))
    return see_other("/shortcuts")


HANDLERS = (shortcuts, switch)
