"""The site as an application of a phone or desktop (Web Application Manifest, W3C)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get

from microblog_core.domain.media import served_type
from microblog_core.http.scope import site_of
from microblog_core.services.site_texts import read_face
from microblog_web.requests import Sendable, scope_of, website_of
from microblog_web.responses import Answer
from microblog_web.website import WebSite

_HEADERS = (
    (b"content-type", b"application/manifest+json; charset=utf-8"),
    (b"cache-control", b"public, max-age=3600"),
)
_ICONS = (
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)


@get("/manifest.webmanifest")
async def manifest(request: Request[Any, Any, Any]) -> Sendable:
    """The site's name, look and first page."""
    scope = scope_of(request)
    web, face = website_of(scope), await read_face(site_of(scope).ports)
    document = {
        "id": "/",
        "name": face.title,
        "short_name": face.title[:12].rstrip(),
        "description": face.description,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f4ef",
        "theme_color": "#0d6b5e",
        "icons": _icons(web, face.icon),
    }
    return Answer(msgspec.json.encode(document), headers=_HEADERS)


def _icons(web: WebSite, chosen: str) -> list[dict[str, str]]:
    """The icon that the operators chose, else the own ones. How large theirs is only its file says."""
    if chosen:
        url = web.picture_url(chosen)
        return [{"src": url, "sizes": "any", "type": served_type(chosen), "purpose": "any"}]
    return [
        {
            "src": web.look.static.url(f"web/{name}"),
            "sizes": sizes,
            "type": "image/svg+xml" if name.endswith(".svg") else "image/png",
            "purpose": purpose,
        }
        for name, sizes, purpose in _ICONS
    ]


HANDLERS = (manifest,)
