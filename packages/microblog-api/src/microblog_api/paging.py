"""Pages of listings on the wire: Mastodon's cursors and limits in, `Link` (RFC 8288) out.

Clients take cursors from `Link` alone: many listings page by ids that their items don't show.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote_plus

from microblog_api.decoding import Parameters
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import Listing, Page
from microblog_core.http.scope import Scope, base_url_of

OFFSET_MAX = 10_000

_DIGITS = re.compile(r"[0-9]+")
_CURSORS = frozenset({"max_id", "since_id", "min_id"})
_OFFSET = frozenset({"offset"})
_NEVER_KEPT = frozenset({"access_token"})
_SAFE = "%=+:/?@!$'()*~-._"
"""What may stand in an address within `Link`: neither what ends it nor what splits the field."""


def page_of(params: Parameters, default: int = 20, most: int = 40) -> Page:
    """The page that was asked for; a limit that is too big is `most`, one that can't be read is `default`.

    Raises `Invalid` for a cursor that is no id.
    """
    return Page(
        limit=limit_of(params, default, most),
        max_id=_cursor(params, "max_id"),
        since_id=_cursor(params, "since_id"),
        min_id=_cursor(params, "min_id"),
    )


def limit_of(params: Parameters, default: int = 20, most: int = 40) -> int:
    """How many items were asked for, from 1 to `most`."""
    text = params.text("limit")
    if not _is_number(text):
        return default
    return most if len(text) > 9 else max(1, min(int(text), most))


def offset_of(params: Parameters) -> int:
    """How many items to leave out, for search and trends. Raises `Invalid` for more than `OFFSET_MAX`."""
    text = params.text("offset")
    if not text:
        return 0
    if not _is_number(text) or len(text) > 9 or int(text) > OFFSET_MAX:
        raise Invalid(fields={"offset": f"Give a number from 0 to {OFFSET_MAX}."})
    return int(text)


def link_header(scope: Scope, listing: Listing[Any], first: int | None = None) -> str:
    """The value of `Link` for a page; empty where there is nothing to link.

    `next` comes first, because some clients look nowhere else, and is left out where nothing is older.
    `prev` is there on the newest page too: clients ask there for what came since. It begins at the page's
    first item, whose `id` is what every listing of core pages by; give `first` for items that have none.
    """
    if not listing.items:
        return ""
    address = _address(scope, _CURSORS)
    links = []
    if listing.older is not None:
        links.append(f'<{address}max_id={listing.older}>; rel="next"')
    links.append(f'<{address}min_id={listing.items[0].id if first is None else first}>; rel="prev"')
    return ", ".join(links)


def offset_link_header(scope: Scope, *, offset: int, limit: int, more: bool) -> str:
    """The same for a page that is read by offset; `more` says that something follows."""
    address = _address(scope, _OFFSET)
    links = []
    if more and offset + limit <= OFFSET_MAX:
        links.append(f'<{address}offset={offset + limit}>; rel="next"')
    if offset > 0:
        links.append(f'<{address}offset={max(0, offset - limit)}>; rel="prev"')
    return ", ".join(links)


def _address(scope: Scope, replaced: frozenset[str]) -> str:
    """The public address of this request without some of its parameters, ready for one more."""
    kept = []
    for pair in scope["query_string"].split(b"&"):
        name = unquote_plus(pair.partition(b"=")[0].decode("latin-1"))
        if pair and name not in replaced and name not in _NEVER_KEPT:
            kept.append(quote(pair, safe=_SAFE) + "&")
    return f"{base_url_of(scope)}{quote(scope['path'], safe=_SAFE.replace('%', ''))}?{''.join(kept)}"


def _cursor(params: Parameters, name: str) -> int | None:
    """A bound; some clients ask from 0 or up to far beyond the last id, which is right for a bound."""
    text = params.text(name)
    if not text:
        return None
    if not _is_number(text):
        raise Invalid(fields={name: "Use an id as a listing gave it."})
    return min(int(text), MAX_ID) if len(text) <= 19 else MAX_ID


def _is_number(text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None
