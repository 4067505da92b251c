"""The plugin `markdown`: emphasis, code, quotes, lists and links in what people write, if a site wants it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

# Here and not where it is used: a site without the extra is told so when it is composed.
import markdown_it

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import register_content_filters as content_filters
from microblog_core.hookspecs import register_entities as entities
from microblog_core.plugins.marks import implements
from microblog_core.ports.content import ContentFilter, EntityFinder
from microblog_plugins.markdown.settings import MarkdownSettings

if TYPE_CHECKING:
    from microblog_core.site import Site

# Core's plain text keeps what a filter before it has made.
PLUGIN = Manifest(
    name="markdown",
    version=markdown_it.__version__,
    summary="Markdown in what people write: emphasis, code, quotes, lists, links.",
    settings=MarkdownSettings,
    before=("core",),
)


def _enabled(site: Site) -> bool:
    settings = site.settings("markdown")
    return isinstance(settings, MarkdownSettings) and settings.enabled


@implements(entities)
def register_entities(site: Site) -> Iterable[EntityFinder]:
    """What Markdown reads in its own way, so that nobody is named and nothing tagged within code."""
    from microblog_plugins.markdown.finding import Spans

    return (Spans(),) if _enabled(site) else ()


@implements(content_filters)
def register_content_filters(site: Site) -> Iterable[ContentFilter]:
    """Markdown in place of plain text."""
    from microblog_plugins.markdown.drawing import Markdown

    return (Markdown(),) if _enabled(site) else ()
