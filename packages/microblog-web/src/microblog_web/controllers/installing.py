"""The site as an application of a phone or desktop (Web Application Manifest, W3C)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get

from microblog_web.requests import Sendable, scope_of, website_of
from microblog_web.responses import Answer

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
    web = website_of(scope_of(request))
    static = web.look.static
    document = {
        "id": "/",
        "name": web.title,
        "short_name": web.title[:12].rstrip(),
        "description": web.description,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f4ef",
        "theme_color": "#0d6b5e",
        "icons": [
            {
                "src": static.url(f"web/{name}"),
                "sizes": sizes,
                "type": "image/svg+xml" if name.endswith(".svg") else "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in _ICONS
        ],
    }
    return Answer(msgspec.json.encode(document), headers=_HEADERS)


HANDLERS = (manifest,)
