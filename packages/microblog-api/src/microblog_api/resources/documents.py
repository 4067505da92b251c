"""What a site says at length: description, privacy policy and terms with their versions.

Sources: https://docs.joinmastodon.org/entities/ExtendedDescription/,
https://docs.joinmastodon.org/entities/PrivacyPolicy/, https://docs.joinmastodon.org/entities/TermsOfService/.
"""

from __future__ import annotations

from typing import Any

from microblog_api.endpoints import Call, get
from microblog_api.names import day, moment
from microblog_core.domain.errors import NotFound
from microblog_core.domain.site_texts import ABOUT, PRIVACY, TERMS
from microblog_core.domain.timelines import PAGE_MAX, Page
from microblog_core.services import site_texts

NEVER = "1970-01-01T00:00:00.000Z"
"""When what the configuration says was written: nobody knows."""


@get("/api/v1/instance/extended_description", who="anybody")
async def extended_description(call: Call, given: None) -> dict[str, str | None]:
    """View the long description of the site."""
    found = await site_texts.read_document(call.ports, ABOUT)
    said_at = None if found.since is None else moment(found.since)
    return {"updated_at": said_at, "content": call.present.html(found.html)}


@get("/api/v1/instance/privacy_policy", who="anybody")
async def privacy_policy(call: Call, given: None) -> dict[str, str]:
    """View the privacy policy; an empty one where nobody wrote any."""
    found = await site_texts.read_document(call.ports, PRIVACY)
    said_at = NEVER if found.since is None else moment(found.since)
    return {"updated_at": said_at, "content": call.present.html(found.html)}


@get("/api/v1/instance/terms_of_service", who="anybody")
async def terms_of_service(call: Call, given: None) -> dict[str, Any]:
    """View the terms of service; empty ones where nobody wrote any."""
    found = await site_texts.read_document(call.ports, TERMS)
    return {
        "effective_date": NEVER[:10] if found.since is None else day(found.since),
        "effective": True,
        "content": call.present.html(found.html),
        "succeeded_by": None,
    }


@get("/api/v1/instance/terms_of_service/{date:str}", who="anybody")
async def terms_of_date(call: Call, given: None) -> dict[str, Any]:
    """View the terms that became effective on a day (`2026-01-31`)."""
    wanted, after = call.path("date"), None
    newest = await site_texts.read_versions(call.ports, TERMS, Page(limit=PAGE_MAX))
    for version in newest.items:
        effective = day(version.created_at)
        if effective == wanted:
            return {
                "effective_date": effective,
                "effective": True,
                "content": call.present.html(version.html),
                "succeeded_by": after,
            }
        after = effective
    raise NotFound


ENDPOINTS = (extended_description, privacy_policy, terms_of_service, terms_of_date)
