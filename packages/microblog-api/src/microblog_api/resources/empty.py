"""What clients ask for and this site has none of: the truth is an empty answer.

Clients ask again and again for what is not found, and some show an error. Nothing here pretends to write.
"""

from __future__ import annotations

from typing import Any

from microblog_api.endpoints import Call, get
from microblog_api.entities import Account
from microblog_core.services import timelines


@get("/api/v1/domain_blocks", needs="read:blocks")
async def domain_blocks(call: Call, given: None) -> list[str]:
    """View the sites that one blocks: people here meet those of no other."""
    return []


@get("/api/v1/endorsements", needs="read:accounts")
async def endorsements(call: Call, given: None) -> list[Account]:
    """View whom one features on the own profile."""
    return []


@get("/api/v1/accounts/{id:str}/endorsements", who="anybody", needs="read:accounts")
async def account_endorsements(call: Call, given: None) -> list[Account]:
    """View whom somebody features on their profile."""
    await timelines.read_account(call.ports, call.actor, call.id())
    return []


@get("/api/v1/accounts/{id:str}/identity_proofs", who="anybody", needs="read:accounts")
async def identity_proofs(call: Call, given: None) -> list[Any]:
    """View somebody's identity proofs, which Mastodon no longer has."""
    await timelines.read_account(call.ports, call.actor, call.id())
    return []


@get("/api/v1/trends/links", who="anybody")
async def trending_links(call: Call, given: None) -> list[Any]:
    """View links that many share: links are not counted."""
    return []


@get("/api/v1/instance/peers", who="anybody")
async def peers(call: Call, given: None) -> list[str]:
    """View the sites that this one knows."""
    return []


@get("/api/v1/instance/domain_blocks", who="anybody")
async def instance_domain_blocks(call: Call, given: None) -> list[Any]:
    """View the sites that this one blocks."""
    return []


@get("/api/v1/instance/translation_languages", who="anybody")
async def translation_languages(call: Call, given: None) -> dict[str, list[str]]:
    """View what is translated into what."""
    return {}


@get("/api/v1/notifications/requests", needs="read:notifications")
async def notification_requests(call: Call, given: None) -> list[Any]:
    """View whose notifications are held back."""
    return []


@get("/api/v1/notifications/requests/merged", needs="read:notifications")
async def requests_merged(call: Call, given: None) -> dict[str, bool]:
    """See whether accepted notifications are all there."""
    return {"merged": True}


@get("/api/v2/notifications/policy", needs="read:notifications")
async def notification_policy(call: Call, given: None) -> dict[str, Any]:
    """View whose notifications are held back: nobody's."""
    return {
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "accept",
        "for_limited_accounts": "accept",
        "summary": _NOTHING_HELD,
    }


@get("/api/v1/notifications/policy", needs="read:notifications")
async def notification_policy_v1(call: Call, given: None) -> dict[str, Any]:
    """View the same as Mastodon 4.3 had it first."""
    return {
        "filter_not_following": False,
        "filter_not_followers": False,
        "filter_new_accounts": False,
        "filter_private_mentions": False,
        "summary": _NOTHING_HELD,
    }


@get("/api/v1/annual_reports", needs="read:accounts")
async def annual_reports(call: Call, given: None) -> dict[str, list[Any]]:
    """View what one did in past years: no such reports are made."""
    return {"annual_reports": [], "accounts": [], "statuses": []}


_NOTHING_HELD = {"pending_requests_count": 0, "pending_notifications_count": 0}

ENDPOINTS = (
    domain_blocks,
    endorsements,
    account_endorsements,
    identity_proofs,
    trending_links,
    peers,
    instance_domain_blocks,
    translation_languages,
    notification_requests,
    requests_merged,
    notification_policy,
    notification_policy_v1,
    annual_reports,
)
