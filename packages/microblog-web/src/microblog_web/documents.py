"""Answers for programs (feeds, sitemaps, oEmbed): the same for everybody, kept as pages are, whoever asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Scope, site_of
from microblog_web.i18n import DEFAULT
from microblog_web.requests import EVERY_PAGE, Kept, Sendable, website_of
from microblog_web.views import View

VARY = b"accept-encoding"
OPEN = (b"access-control-allow-origin", b"*")
"""Programs in browsers may read what everybody may see."""


def public_view(scope: Scope) -> View:
    """The site as somebody sees it who is not logged in, whoever asks."""
    ports = site_of(scope).ports
    return View(
        web=website_of(scope), ports=ports, actor=ANONYMOUS, locale=DEFAULT, now=ports.clock.now(), here="/"
    )


async def answer_document(
    scope: Scope, key: str, make: Callable[[View], Awaitable[tuple[KeptPage, Iterable[str]]]]
) -> Sendable:
    """The document of this key; `make` draws it and names the cache tags of all that it shows."""
    view = public_view(scope)
    kept = view.ports.cache.get(key)
    if isinstance(kept, KeptPage):
        return Kept(kept)

    async def making() -> tuple[KeptPage, Iterable[str]]:
        page, tags = await make(view)
        return page, {*tags, *EVERY_PAGE}

    return Kept(await view.web.kept.get_or_make(view.ports.cache, key, making))


def xml_page(body: bytes) -> KeptPage:
    """A document in XML."""
    return KeptPage(body, content_type=b"application/xml; charset=utf-8", vary=VARY)
