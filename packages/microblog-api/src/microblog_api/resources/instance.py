"""The instance: what a site says of itself, in both of Mastodon's shapes (V1::Instance, Instance).

Sources: https://docs.joinmastodon.org/entities/V1_Instance/, https://docs.joinmastodon.org/entities/Instance/.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from microblog_api import __version__
from microblog_api.endpoints import Call, get
from microblog_api.entities import Account, CustomEmoji, Rule
from microblog_api.people import PICTURES
from microblog_api.vapid import public_key
from microblog_core.domain.media import ATTACHMENTS_MAX, DESCRIPTION_LENGTH
from microblog_core.domain.polls import EXPIRES_MAX, EXPIRES_MIN, OPTION_LENGTH
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.domain.site_texts import PRIVACY, TERMS
from microblog_core.http.scope import base_url_of
from microblog_core.services import site_texts, statistics

VERSION = f"4.3.0 (compatible; Microblog {__version__})"
"""Clients read a Mastodon version from its beginning, and decide by it what they offer."""

ICON_SIDE = 400
MATRIX = 7680 * 4320
"""Pixels to which clients make their pictures smaller before they send them."""


@get("/api/v1/instance", who="anybody")
async def read_v1(call: Call, given: None) -> dict[str, Any]:
    """View server information (v1); `uri` is a bare domain."""
    site = call.site
    counts, face = await site.ports.storage.counts(), call.face
    base = base_url_of(call.scope)
    return {
        "uri": urlsplit(base).netloc,
        "title": face.title,
        "short_description": face.description,
        "description": face.description,
        "email": face.email,
        "version": VERSION,
        "urls": {"streaming_api": _streaming(base)},
        "stats": {"user_count": counts.accounts, "status_count": counts.posts, "domain_count": 0},
        "thumbnail": _thumbnail(call),
        "languages": ["en"],
        "registrations": site.ports.limits.registrations_open,
        "approval_required": site.ports.limits.approves,
        "invites_enabled": _invites(call),
        "configuration": _configuration(call),
        "contact_account": await _contact(call),
        "rules": _rules(call),
    }


@get("/api/v2/instance", who="anybody")
async def read_v2(call: Call, given: None) -> dict[str, Any]:
    """View server information (v2)."""
    site = call.site
    base = base_url_of(call.scope)
    usage, face = await statistics.read_usage(call.ports), call.face
    return {
        "domain": urlsplit(base).netloc,
        "title": face.title,
        "version": VERSION,
        "source_url": "",
        "description": face.description,
        "usage": {"users": {"active_month": usage.active_month}},
        "thumbnail": {"url": _thumbnail(call), "blurhash": None, "versions": {}},
        "icon": _icons(call),
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": _streaming(base), "status": None, **_pages(call)},
            **_configuration(call),
            "translation": {"enabled": False},
            "vapid": {"public_key": await public_key(call.ports)},
        },
        "registrations": {
            "enabled": site.ports.limits.registrations_open,
            "approval_required": site.ports.limits.approves,
            "message": None,
            "url": f"{base}/signup",
        },
        "api_versions": {"mastodon": 2},
        "contact": {"email": face.email, "account": await _contact(call)},
        "rules": _rules(call),
    }


@get("/api/v1/instance/activity", who="anybody")
async def activity(call: Call, given: None) -> list[dict[str, str]]:
    """View numbers of this week and eleven weeks before it, newest first; nothing where they aren't public.

    All are strings; `week` is its first moment in Unix seconds, `logins` are the people who were active.
    """
    if not statistics.may_read(call.ports, call.actor):
        return []
    return [
        {
            "week": str(week.since // 1000),
            "statuses": str(week.posts),
            "logins": str(week.active),
            "registrations": str(week.sign_ups),
        }
        for week in await statistics.read_weeks(call.ports, call.actor)
    ]


@get("/api/v1/custom_emojis", who="anybody")
async def custom_emojis(call: Call, given: None) -> list[CustomEmoji]:
    """View all custom emojis."""
    return [call.present.emoji(emoji) for emoji in call.face.emojis.shown]


@get("/api/v1/instance/rules", who="anybody")
async def rules(call: Call, given: None) -> list[Rule]:
    """View the rules of the site."""
    return _rules(call)


def _rules(call: Call) -> list[Rule]:
    return [Rule(id=each.id, text=each.text, hint=each.hint) for each in call.face.rules]


def _invites(call: Call) -> bool:
    """Whether members may invite others."""
    limits = call.ports.limits
    return limits.inviters is Inviters.MEMBERS and limits.registrations is not Registrations.CLOSED


def _thumbnail(call: Call) -> str:
    """The site's picture; its like for people where it has none."""
    key = call.face.thumbnail
    return call.present.file(key) if key else f"{base_url_of(call.scope)}{PICTURES}/header.png"


def _icons(call: Call) -> list[dict[str, str]]:
    key = call.face.icon
    return [{"src": call.present.file(key), "size": f"{ICON_SIDE}x{ICON_SIDE}"}] if key else []


def _pages(call: Call) -> dict[str, str | None]:
    """The addresses of pages about the site; None for what nobody wrote."""
    base = base_url_of(call.scope)
    there = {name: bool(site_texts.known_text(call.ports, call.face, name)) for name in (TERMS, PRIVACY)}
    return {
        "about": f"{base}/about",
        "terms_of_service": f"{base}/terms" if there[TERMS] else None,
        "privacy_policy": f"{base}/privacy" if there[PRIVACY] else None,
    }


async def _contact(call: Call) -> Account | None:
    """Whom to ask, if that is said and they are there."""
    found = await site_texts.read_contact(call.ports, call.face)
    return None if found is None else call.present.account(found)


def _configuration(call: Call) -> dict[str, object]:
    limits, processors = call.ports.limits, call.ports.processors
    types = dict.fromkeys(each for made in processors for each in made.content_types)
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": limits.post_length,
            "max_media_attachments": ATTACHMENTS_MAX if processors else 0,
            "characters_reserved_per_url": 0,
        },
        "media_attachments": {
            "description_limit": DESCRIPTION_LENGTH,
            "supported_mime_types": list(types),
            "image_size_limit": limits.upload_bytes if processors else 0,
            "image_matrix_limit": MATRIX if processors else 0,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": call.ports.limits.poll_options,
            "max_characters_per_option": OPTION_LENGTH,
            "min_expiration": EXPIRES_MIN,
            "max_expiration": EXPIRES_MAX,
        },
    }


def _streaming(base: str) -> str:
    """`wss://` for https, `ws://` for http."""
    return "ws" + base.removeprefix("http")


ENDPOINTS = (read_v1, read_v2, activity, custom_emojis, rules)
