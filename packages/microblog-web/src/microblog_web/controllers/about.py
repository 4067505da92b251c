"""What this site is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar import Request, get

from microblog_core.services.statistics import may_read
from microblog_web.pages import Meta, Page
from microblog_web.requests import Sendable, answer_shared, scope_of
from microblog_web.views import View

DAY = 24 * 3600 * 1000


@get("/about")
async def about(request: Request[Any, Any, Any]) -> Sendable:
    """What this site is, how much there is, and what it runs on."""
    return await answer_shared(scope_of(request), _about)


async def _about(view: View) -> tuple[Page, Iterable[str]]:
    counts = await view.ports.storage.counts()
    main = view.web.render(
        "web/about.html",
        view.locale,
        counts=counts,
        limit=view.ports.limits.post_length,
        is_open=view.ports.limits.registrations_open,
        me=view.me,
        rules=view.ports.rules,
        address_days=view.ports.limits.address_milliseconds // DAY,
        statistics=may_read(view.ports, view.actor),
    )
    page = Page(
        title=view.translate("About"),
        main=main,
        active="about",
        meta=Meta(description=view.web.description) if view.me is None else None,
    )
    return page, ("accounts", "public")


HANDLERS = (about,)
