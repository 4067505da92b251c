"""Names that begin as what is being typed: the options of a list below the text. Without the script nobody
asks for them.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from microblog_core.domain.search import SearchKind
from microblog_core.http.scope import query_of
from microblog_core.ports.storage import SEARCH
from microblog_core.services.search import Search, search
from microblog_core.services.timelines import find_accounts
from microblog_web.inplace import fragment
from microblog_web.requests import Sendable, needs_login, scope_of, view_of
from microblog_web.views import View

MOST = 6
LENGTH = 100


@get("/suggest")
async def suggest(request: Request[Any, Any, Any]) -> Sendable:
    """Options for `@name` and `#tag`; none for anything else."""
    scope = scope_of(request)
    view = await view_of(scope)
    needs_login(view)
    options = await _options(view, query_of(scope).get("q", "")[:LENGTH])
    return fragment(view.web.render("web/suggestions.html", view.locale, options=options))


async def _options(view: View, q: str) -> list[tuple[str, str]]:
    """What each option would write, and what is said beside it."""
    if len(q) < 2:
        return []
    if q[0] == "@":
        people = await find_accounts(view.ports, view.actor, q, limit=MOST)
        return [(f"@{each.acct}", each.name) for each in people]
    if q[0] == "#" and SEARCH in view.ports.storage.capabilities:
        found = await search(view.ports, view.actor, Search(q=q, kind=SearchKind.TAGS, limit=MOST))
        return [(f"#{tag.name}", "") for tag in found.tags]
    return []


HANDLERS = (suggest,)
