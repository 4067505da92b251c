"""What the site says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

SITE_TEXT = "id name text html account_id created_at".split()

_COLUMNS = columns(SITE_TEXT, "t")
_CURRENT = (
    f"SELECT {_COLUMNS} FROM site_texts t WHERE t.id IN (SELECT MAX(n.id) FROM site_texts n GROUP BY n.name)"
)
_ONE = f"SELECT {_COLUMNS} FROM site_texts t WHERE t.id = :id"
_VERSIONS = Source(_COLUMNS, "site_texts t WHERE t.name = :name", "t.id")


def _text_of(row: Row) -> SiteText:
    return SiteText(**dict(zip(SITE_TEXT, row, strict=True)))


class SiteTexts(Reader):
    """The contract's `SiteTextReader`."""

    @reads
    def current(self) -> Steps[Sequence[SiteText]]:
        """The newest version of each, by name."""
        rows = yield _CURRENT, {}
        return tuple(sorted(map(_text_of, rows), key=lambda text: text.name))

    @reads
    def versions(self, name: str, page: Page) -> Steps[Listing[SiteText]]:
        """Every version, newest first."""
        return mapped((yield from read_page(_VERSIONS, {"name": name}, page)), _text_of)

    @reads
    def version(self, text_id: int) -> Steps[SiteText | None]:
        """One version."""
        rows = yield _ONE, {"id": text_id}
        return _text_of(rows[0]) if rows else None
