"""Which addresses there are, and which of them a crawl need not reach."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from microblog_web.controllers import HANDLERS

UNREACHED = {
    "GET /robots.txt": "for machines",
    "GET /sitemap.xml": "for machines",
    "GET /sitemaps/pages.xml": "for machines",
    "GET /sitemaps/{name:str}": "for machines",
    "GET /oembed": "for machines",
    "GET /suggest": "part of a page, asked for by a script",
    "GET /live/{kind:str}": "a stream, opened by a script",
    "GET /live/{kind:str}/{value:str}": "a stream, opened by a script",
    "GET /feeds/home.atom": "its address is secret and shown as text",
    "GET /feeds/home.json": "its address is secret and shown as text",
    "GET /feeds/home.rss": "its address is secret and shown as text",
    "POST /admin/campaigns/{number:str}/release": "offered only where mails are unclear: a server broke off",
    "POST /settings/import/{import_id:str}/cancel": "offered only for as long as an import waits or runs",
    "POST /posts/{post_id:str}/unpublish": "offered only for as long as a post can be taken back",
    "POST /posts/{post_id:str}/undelete": "offered only right after deleting",
}
"""By method and path, with the reason."""


def all_routes() -> dict[str, re.Pattern[str]]:
    """`GET /tags/{tag:str}` and so on, with what its addresses look like; the plainest first."""
    found = {}
    for handler in HANDLERS:
        for path in handler.paths:
            for method in getattr(handler, "http_methods", ("GET",)):
                if method in ("GET", "POST"):
                    found[f"{method} {path}"] = _pattern(path)
    return dict(sorted(found.items(), key=lambda each: (each[0].count("{"), -len(each[0]))))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


def route_of(method: str, path: str, routes: dict[str, re.Pattern[str]]) -> str:
    """The route that serves this address; empty where there is none of ours."""
    path = urlsplit(path).path
    return next(
        (
            name
            for name, pattern in routes.items()
            if name.startswith(f"{method} ") and pattern.fullmatch(path)
        ),
        "",
    )


def template_of(path: str) -> str:
    """An address with its ids, names and cursors taken out: pages of one kind have the same."""
    parts = urlsplit(path)
    plain = re.sub(r"\b(pay|sub)_[0-9a-f]{24}\b|\d{3,}|\b[0-9a-f]{32,}\b", "N", parts.path)
    plain = re.sub(r"^/@[^/]+", "/@NAME", plain)
    plain = re.sub(r"^/tags/[^/.]+", "/tags/TAG", plain)
    plain = re.sub(r"^/(invite|admin/emojis)/(?!archive$)[^/]+", r"/\1/NAME", plain)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return f"{plain}?{'&'.join(names)}" if names else plain
