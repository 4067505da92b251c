"""Posts that quote others."""

from __future__ import annotations

import functools

from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, read_page
from microblog_plugins.sql.reads.entries import entry_page
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import entry_seen, post_listed


@functools.cache
def _quoting(dialect: Dialect, viewer: bool) -> Source:
    seen = (
        "SELECT e.id FROM posts p CROSS JOIN posts e CROSS JOIN accounts a WHERE p.id = :id"
        f" AND e.id = COALESCE(p.boost_of_id, p.id) AND a.id = e.account_id AND {entry_seen(viewer)}"
    )
    return Source(
        entry_columns(viewer, "q", "q", "w"),
        f"posts q{dialect.indexed('posts_quotes')} CROSS JOIN accounts w"
        f" WHERE q.quote_of_id = ({seen}) AND q.quote_state = 'accepted' AND w.id = q.account_id"
        f" AND {post_listed('q', 'w', viewer)}",
        "q.id",
    )


class Quotes(Reader):
    """The contract's `QuoteReader`."""

    @reads
    def of(self, viewer: int | None, post_id: int, page: Page) -> Steps[Listing[Entry]]:
        """The posts that quote a post, newest first."""
        source = _quoting(self._dialect, viewer is not None)
        rows = yield from read_page(source, {"id": post_id, "viewer": viewer}, page)
        return (yield from entry_page(self._kept, viewer, rows))
