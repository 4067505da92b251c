"""What the pages for looking around share: their tabs, and pages that are counted.

Search results, the directory and trends have no place that stays between two requests; they page by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from markupsafe import Markup

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.http.scope import Scope, query_of
from microblog_core.ports.storage import TRENDS
from microblog_core.services.timelines import read_relationships
from microblog_web.views import View

PAGES_MAX = 50
T = TypeVar("T")


def explore_tabs(view: View, current: str) -> Markup:
    """Public posts, trends, people."""
    return view.web.render(
        "web/explore_tabs.html",
        view.locale,
        current=current,
        trends=TRENDS in view.ports.storage.capabilities,
    )


def page_number(scope: Scope) -> int:
    """Which page was asked for, 1 for the first. Raises `NotFound` for what is no page."""
    text = query_of(scope).get("page", "1") if scope["query_string"] else "1"
    number = parse_id(text)
    if number is None or number > PAGES_MAX:
        raise NotFound("There is no such page.", hint="Begin at the first one.")
    return number


def cut(
    found: Sequence[T], size: int, path: str, number: int, **query: str
) -> tuple[Sequence[T], dict[str, str]]:
    """The page's items of those found, of which one more than `size` was asked for, and the links to the
    pages around it.
    """

    def link(page: int) -> str:
        given = {name: value for name, value in query.items() if value}
        if page > 1:
            given["page"] = str(page)
        return f"{path}?{urlencode(given)}" if given else path

    more = len(found) > size and number < PAGES_MAX
    around = {"before": link(number - 1) if number > 1 else "", "after": link(number + 1) if more else ""}
    return found[:size], around


async def draw_people(view: View, accounts: Sequence[Account]) -> Markup:
    """People as a list, for members with the button to follow."""
    followed = set()
    if view.me is not None and accounts:
        stands = await read_relationships(view.ports, view.actor, [account.id for account in accounts])
        followed = {each.account_id for each in stands if each.following or each.requested or each.blocking}
    return view.web.render(
        "web/people_found.html", view.locale, people=accounts, me=view.me, followed=followed
    )
