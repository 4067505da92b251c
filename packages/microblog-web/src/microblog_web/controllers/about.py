"""What this site is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar import Request, get

from microblog_core.domain.site_texts import ABOUT
from microblog_core.services.site_texts import known_text, read_contact, read_document
from microblog_core.services.statistics import may_read
from microblog_web.controllers.site import DOCUMENTS
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
        rules=view.face.rules,
        about=await read_document(view.ports, ABOUT),
        email=view.face.email,
        contact=await read_contact(view.ports, view.face),
        documents=[
            (name, title) for name, title in DOCUMENTS.items() if known_text(view.ports, view.face, name)
        ],
        emojis=bool(view.face.emojis),
        administrates=view.ports.authoriser.allows(view.actor, "site.manage"),
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
