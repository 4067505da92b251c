"""The API's documentation as it is served: the document at `/api/openapi.json`, and pages to read it on at
`/api/docs`. Everything is made when somebody asks for it first.

The pages load nothing from other hosts and need no exception from the site's Content-Security-Policy. Without
JavaScript they are a list of all operations; with it Swagger UI (vendored, see `static/vendor`) draws them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send

if TYPE_CHECKING:
    from litestar import Router

    from microblog_api.endpoints import Endpoint
    from microblog_api.fields import Fields

DOCUMENT = "/api/openapi.json"
PAGES = "/api/docs"
ASSETS: Mapping[str, tuple[str, bytes]] = {
    "docs.css": ("docs.css", b"text/css; charset=utf-8"),
    "docs.js": ("docs.js", b"text/javascript; charset=utf-8"),
    "swagger-ui.css": ("vendor/swagger-ui/swagger-ui.css", b"text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("vendor/swagger-ui/swagger-ui-bundle.js", b"text/javascript; charset=utf-8"),
}
"""Files below `PAGES`: where each lies below `static`, and its type."""

_VARY = b"accept-encoding"
_ALLOWED = ("GET", "HEAD", "OPTIONS")


class Documentation:
    """The documentation of one set of plugins."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        scopes: Mapping[str, str],
        fields: Fields | None,
        routers: Mapping[str, Router],
    ) -> None:
        self._endpoints = endpoints
        self._scopes = scopes
        self._fields = fields
        self._routers = routers
        self._kept: dict[str, KeptPage] = {}
        self._document: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self._document is None:
            from microblog_api.openapi import make_document
            from microblog_api.openapi.plugins import part_of

            parts = [part_of(name, router) for name, router in self._routers.items()]
            self._document = make_document(
                self._endpoints,
                self._scopes,
                fields=self._fields,
                plugins=[part for part in parts if part is not None],
            )
        return self._document

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve a request, if it is for the documentation. Raises `MethodNotAllowed`."""
        path = scope["path"].rstrip("/")
        name = path.removeprefix(f"{PAGES}/")
        if path not in (DOCUMENT, PAGES) and (name == path or name not in ASSETS):
            return False
        if scope["method"] != "GET":
            raise MethodNotAllowed("Method not allowed", allow=_ALLOWED)
        kept = self._kept.get(path)
        if kept is None:
            # Reading a file or describing everything takes a tenth of a second: others need not wait for it.
            kept = self._kept[path] = await asyncio.to_thread(self._make, path, name)
        await kept.send(scope, send)
        return True

    def _make(self, path: str, name: str) -> KeptPage:
        if path == DOCUMENT:
            body = msgspec.json.encode(self.document())
            return KeptPage(body, content_type=b"application/json", vary=_VARY)
        if path == PAGES:
            return KeptPage(_page(self.document()), vary=_VARY)
        file, content_type = ASSETS[name]
        body = (files("microblog_api") / "static" / file).read_bytes()
        return KeptPage(body, content_type=content_type, vary=_VARY)


def _page(document: Mapping[str, Any]) -> bytes:
    """All operations by tag, as a page that says the same with no script."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            line = (
                f"<li><code><b>{method.upper()}</b> {escape(path)}</code> {escape(operation['summary'])}</li>"
            )
            by_tag.setdefault(operation["tags"][0], []).append(line)
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    sections = "\n".join(
        f"<h2>{escape(tag)}</h2>\n<p>{escape(about[tag])}</p>\n<ul>\n{chr(10).join(lines)}\n</ul>"
        for tag, lines in sorted(by_tag.items())
    )
    title = escape(f"The API of {document['info']['title']} {document['info']['version']}")
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{PAGES}/docs.css">
<link rel="stylesheet" href="{PAGES}/swagger-ui.css">
<script src="{PAGES}/swagger-ui-bundle.js" defer></script>
<script src="{PAGES}/docs.js" defer></script>
</head>
<body>
<div id="viewer" data-document="{DOCUMENT}"></div>
<main id="plain">
<h1>{title}</h1>
<p>All of it for programs: <a href="{DOCUMENT}">{DOCUMENT}</a> (OpenAPI {document["openapi"]}).</p>
{sections}
</main>
</body>
</html>
""".encode()
