"""The instance: what a site says of itself, in both of Mastodon's shapes (V1::Instance, Instance).

Only what is true today: no media, polls or streaming yet, so their limits are zero and their addresses
absent.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get

from microblog_api import __version__
from microblog_api.responses import public_response
from microblog_core.http.scope import base_url_of, site_of
from microblog_core.ports.context import Limits

VERSION = f"0.0.0 (compatible; Microblog {__version__})"
"""Clients read a Mastodon version from its beginning; this one claims none of Mastodon's features."""


@get("/api/v1/instance")
async def read_v1(request: Request[Any, Any, Any]) -> Response[bytes]:
    """V1::Instance; `uri` is a bare domain."""
    site = site_of(request.scope)  # type: ignore[arg-type]
    counts = await site.ports.storage.counts()
    limits = site.ports.limits
    return public_response(
        request,
        {
            "uri": _domain(request),
            "title": site.config.title,
            "short_description": site.config.description,
            "description": site.config.description,
            "email": "",
            "version": VERSION,
            "urls": {},
            "stats": {"user_count": counts.accounts, "status_count": counts.posts, "domain_count": 0},
            "thumbnail": None,
            "languages": [],
            "registrations": limits.registrations_open,
            "approval_required": False,
            "invites_enabled": False,
            "configuration": _configuration(limits),
            "contact_account": None,
            "rules": [],
        },
    )


@get("/api/v2/instance")
async def read_v2(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Instance; nobody counts yet who was active, so `usage` does not say."""
    site = site_of(request.scope)  # type: ignore[arg-type]
    limits = site.ports.limits
    return public_response(
        request,
        {
            "domain": _domain(request),
            "title": site.config.title,
            "version": VERSION,
            "source_url": "",
            "description": site.config.description,
            "usage": {"users": {}},
            "thumbnail": None,
            "icon": [],
            "languages": [],
            "configuration": {
                "urls": {},
                "accounts": {"max_featured_tags": 0},
                **_configuration(limits),
                "translation": {"enabled": False},
            },
            "registrations": {
                "enabled": limits.registrations_open,
                "approval_required": False,
                "message": None,
            },
            "contact": {"email": "", "account": None},
            "rules": [],
        },
    )


def _configuration(limits: Limits) -> dict[str, object]:
    return {
        "statuses": {"max_characters": limits.post_length, "max_media_attachments": 0},
        "media_attachments": {"supported_mime_types": [], "image_size_limit": 0, "video_size_limit": 0},
        "polls": {"max_options": 0},
    }


def _domain(request: Request[Any, Any, Any]) -> str:
    return urlsplit(base_url_of(request.scope)).netloc  # type: ignore[arg-type]


HANDLERS = (read_v1, read_v2)
