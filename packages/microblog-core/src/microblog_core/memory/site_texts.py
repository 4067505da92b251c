"""What the site says of itself, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.errors import Conflict
from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import PutSiteText


def put_site_text(tables: Tables, operation: PutSiteText) -> None:
    """A new version; guards `id`, `version`."""
    text, previous = operation.text, operation.previous_id
    if text.id in tables.site_texts:
        raise Conflict("A text with this id exists.", guard="id")
    if (text.name, previous) in tables.site_text_chain:
        raise Conflict("Somebody else changed it in between.", guard="version")
    tables.site_texts.put(text.id, text)
    tables.site_text_chain.put((text.name, previous), text.id)


class SiteTextReads:
    """A `ports.site_texts.SiteTextReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def current(self) -> Sequence[SiteText]:
        """The newest version of each, by name."""
        newest: dict[str, SiteText] = {}
        for text in sorted(self._tables.site_texts.rows.values(), key=lambda each: each.id):
            newest[text.name] = text
        return tuple(newest[name] for name in sorted(newest))

    async def versions(self, name: str, page: Page) -> Listing[SiteText]:
        """Every version, newest first."""
        found = [each for each in self._tables.site_texts.rows.values() if each.name == name]
        return cut(found, page, lambda each: each.id)

    async def version(self, text_id: int) -> SiteText | None:
        """One version."""
        return self._tables.site_texts.get(text_id)
