"""Pages of listings in SQL: two bounds and one row more than asked for; where a page has bounds, one question
about its edges.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.steps import Row, Steps

T = TypeVar("T")


class Source(NamedTuple):
    """A listing: what to select, `FROM ... WHERE ...` of all that it holds, and the id that it pages by.

    `ordered` says that an index gives it in the order of that id.
    """

    select: str
    source: str
    column: str
    ordered: bool = True


@functools.cache
def page_statement(source: Source, ascending: bool) -> str:
    """One page of a listing, and one row more."""
    return f"SELECT {source.select} FROM {source.source} AND {within(source.column, ascending)}"


@functools.cache
def edges_statement(*sources: Source) -> str:
    """Whether there is anything above `:first` and anything below `:last`."""
    above = " OR ".join(_any_beyond(source, "> :first", "ASC") for source in sources)
    below = " OR ".join(_any_beyond(source, "< :last", "DESC") for source in sources)
    return f"SELECT ({above}), ({below})"


def _any_beyond(source: Source, bound: str, order: str) -> str:
    """Whether a listing holds anything beyond a bound; asks for the nearest where an index has it."""
    nearest = f"SELECT {source.column} FROM {source.source} AND {source.column} {bound}"
    ordered = f" ORDER BY {source.column} {order}" if source.ordered else ""
    return f"({nearest}{ordered} LIMIT 1) IS NOT NULL"


def within(column: str, ascending: bool) -> str:
    """The end of a WHERE clause that keeps to the page, with order and limit."""
    order = "ASC" if ascending else "DESC"
    return f"{column} < :max_id AND {column} > :since_id ORDER BY {column} {order} LIMIT :limit"


def ascends(page: Page) -> bool:
    """Whether the page wants the oldest of what is newer than its bound."""
    return page.min_id is not None


def bounds(page: Page) -> dict[str, Any]:
    """The parameters of `within`."""
    return {
        "max_id": MAX_ID if page.max_id is None else min(page.max_id, MAX_ID),
        "since_id": min(max(page.since_id or 0, page.min_id or 0), MAX_ID),
        "limit": page.limit + 1,
    }


def listed(
    sources: tuple[Source, ...], parameters: dict[str, Any], rows: Sequence[Row], page: Page
) -> Steps[Listing[Row]]:
    """The page's rows, newest first, with its cursors; `rows` were read by `page_statement`, each row's first
    column is its id.

    Without bounds the rows say all. With bounds one statement more asks what lies beyond them.
    """
    more, kept = len(rows) > page.limit, list(rows[: page.limit])
    if ascends(page):
        kept.reverse()
    if not kept:
        return Listing(())
    first, last = kept[0][0], kept[-1][0]
    above = more if ascends(page) else False
    below = False if ascends(page) else more
    if page.max_id is not None or parameters["since_id"] > 0:
        edges = yield edges_statement(*sources), parameters | {"first": first, "last": last}
        above, below = above or edges[0][0] == 1, below or edges[0][1] == 1
    return Listing(tuple(kept), older=last if below else None, newer=first if above else None)


def read_page(source: Source, parameters: dict[str, Any], page: Page) -> Steps[Listing[Row]]:
    """One page of a listing as rows."""
    parameters = parameters | bounds(page)
    rows = yield page_statement(source, ascends(page)), parameters
    return (yield from listed((source,), parameters, rows, page))


def mapped(rows: Listing[Row], make: Callable[[Row], T]) -> Listing[T]:
    """The same page with other items."""
    return Listing(tuple([make(row) for row in rows.items]), rows.older, rows.newer)
