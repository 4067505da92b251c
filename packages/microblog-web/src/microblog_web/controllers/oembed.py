"""oEmbed (https://oembed.com): what another site shows in the place of a post's address.

It is a quotation without any script, so that it works wherever it is put.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
from litestar import Request, get
from markupsafe import escape

from microblog_core.domain.errors import NotFound
from microblog_core.domain.posts import Entry
from microblog_core.http.scope import Scope, base_url_of, query_of
from microblog_core.services.search import resolve
from microblog_web.controllers.feeds import addresses_of
from microblog_web.documents import OPEN, public_view
from microblog_web.feeds.entries import Addresses, content_of
from microblog_web.feeds.xml import add, document
from microblog_web.requests import Sendable, scope_of
from microblog_web.responses import Answer
from microblog_web.texts import excerpt
from microblog_web.times import full
from microblog_web.views import View

WIDTH = 550
_FORMATS = {"json": b"application/json; charset=utf-8", "xml": b"text/xml; charset=utf-8"}
_TITLE = 80


@get("/oembed")
async def oembed(request: Request[Any, Any, Any]) -> Sendable:
    """A public or unlisted post by its address. Raises `NotFound` for any other address."""
    scope = scope_of(request)
    query = query_of(scope)
    wanted = query.get("format", "json")
    if wanted not in _FORMATS:
        # The status that the specification names (section 2.3.3).
        return _answer(b"", "json", status=501)
    view = public_view(scope)
    ports = replace(view.ports, base_url=base_url_of(scope))
    found = await resolve(ports, view.actor, query.get("url", ""))
    if not isinstance(found, Entry):
        raise NotFound("There is no post of this site at this address.")
    values = _values(scope, view, found, _width(query.get("maxwidth", "")))
    if wanted == "json":
        return _answer(msgspec.json.encode(values), wanted)
    root = Element("oembed")
    for name, value in values.items():
        if value is not None:
            add(root, name, str(value))
    return _answer(document(root), wanted)


def _values(scope: Scope, view: View, entry: Entry, width: int) -> dict[str, str | int | None]:
    addresses = addresses_of(scope, view)
    return {
        "version": "1.0",
        "type": "rich",
        "title": f"{entry.author.name}: {excerpt(entry.post, _TITLE)}",
        "author_name": entry.author.name,
        "author_url": addresses.account(entry.author),
        "provider_name": view.web.title,
        "provider_url": f"{addresses.base}/",
        "cache_age": 3600,
        "html": _quotation(addresses, entry),
        "width": width,
        # It is as high as its text makes it.
        "height": None,
    }


def _quotation(addresses: Addresses, entry: Entry) -> str:
    url = escape(addresses.post(entry))
    who, acct = escape(entry.author.name), escape(entry.author.acct)
    when = escape(full(entry.post.created_at))
    return (
        f'<blockquote class="microblog-post" cite="{url}">{content_of(addresses, entry)}'
        f'<p>— {who} (@{acct}), <a href="{url}">{when}</a></p></blockquote>'
    )


def _width(text: str) -> int:
    given = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else WIDTH
    return max(1, min(given, WIDTH))


def _answer(body: bytes, wanted: str, status: int = 200) -> Answer:
    headers = ((b"content-type", _FORMATS[wanted]), (b"cache-control", b"no-cache"), OPEN)
    return Answer(body, status, headers)


HANDLERS = (oembed,)
