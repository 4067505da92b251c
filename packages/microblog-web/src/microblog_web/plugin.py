"""The website's core face: it contributes the themed page renderer. Import-light; Litestar and Jinja load on
first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Renderer
from microblog_core.i18n import ASKED
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import FormPage

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_web.website import WebSite

PLUGIN = Manifest(name="web", summary="The public website, usable without JavaScript")

PRIORITY = 10


class ThemedPages:
    """Draws the pages that surfaces share in the site's own look."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._website: WebSite | None = None

    def form(self, page: FormPage) -> bytes:
        """A whole HTML document in UTF-8."""
        return self._draw("web/form_page.html", page.title, page=page)

    def message(self, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole HTML document in UTF-8 with a title and one paragraph."""
        return self._draw("web/message_page.html", title, text=text, links=links)

    def _draw(self, template: str, title: str, **context: object) -> bytes:
        from microblog_web.i18n import asked_for, explain

        website, locale = self._drawn_by(), asked_for(ASKED.get())
        title = explain(locale, title)
        return website.bare(locale, title, website.render(template, locale, title=title, **context))

    def _drawn_by(self) -> WebSite:
        if self._website is None:
            from microblog_web.app import website_for

            self._website = website_for(self._site)
        return self._website


@implements(hookspecs.register_page_renderers)
def register_page_renderers(site: Site) -> Iterable[Renderer]:
    """The themed renderer, before the plain one."""
    return (Renderer(name="web", renderer=ThemedPages(site), priority=PRIORITY),)
