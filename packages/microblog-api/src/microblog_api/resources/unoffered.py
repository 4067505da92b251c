"""What clients ask this site to do and it does not offer: they are told so, and nothing pretends to have been
done. What is only read and is not there is in `empty`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_api.endpoints import Call, Endpoint, Who, delete, get, patch, post
from microblog_api.entities import Empty, Relationship
from microblog_core.domain.errors import Forbidden, Invalid, NotFound
from microblog_core.services import timelines


class Named(msgspec.Struct, frozen=True):
    """Several things of which there are none."""

    id: list[str] = []


class Policy(msgspec.Struct, frozen=True):
    """Whose notifications to hold back."""

    for_not_following: str = "accept"
    for_not_followers: str = "accept"
    for_new_accounts: str = "accept"
    for_private_mentions: str = "accept"
    for_limited_accounts: str = "accept"


@post("/api/v1/emails/confirmations", who="app", needs="write:accounts")
async def confirm(call: Call, given: None) -> Empty:
    """Ask for another e-mail to confirm an address: none is asked for."""
    raise Forbidden("This method is only available while the e-mail is awaiting confirmation")


@post("/api/v1/accounts/{id:str}/endorse", needs="write:accounts")
async def endorse(call: Call, given: None) -> Relationship:
    """Feature somebody on the own profile: profiles here feature nobody."""
    return await _not_featured(call)


@post("/api/v1/accounts/{id:str}/pin", needs="write:accounts")
async def pin(call: Call, given: None) -> Relationship:
    """Feature somebody, under the older name."""
    return await _not_featured(call)


@post("/api/v1/accounts/{id:str}/unendorse", needs="write:accounts")
async def unendorse(call: Call, given: None) -> Relationship:
    """Feature somebody no longer: nobody is."""
    return await _relationship(call)


@post("/api/v1/accounts/{id:str}/unpin", needs="write:accounts")
async def unpin(call: Call, given: None) -> Relationship:
    """Feature somebody no longer, under the older name."""
    return await _relationship(call)


async def _not_featured(call: Call) -> Relationship:
    await timelines.read_account(call.ports, call.actor, call.id())
    raise Invalid("Profiles on this site feature nobody.")


async def _relationship(call: Call) -> Relationship:
    account = await timelines.read_account(call.ports, call.actor, call.id())
    (found,) = await timelines.read_relationships(call.ports, call.actor, [account.id])
    return call.present.relationship(found)


@post("/api/v1/domain_blocks", needs="write:blocks")
async def block_domain(call: Call, given: None) -> Empty:
    """Block a site: people here meet those of no other."""
    raise Invalid("This site knows no others.")


@delete("/api/v1/domain_blocks", needs="write:blocks")
async def unblock_domain(call: Call, given: None) -> Empty:
    """Block a site no longer: none is."""
    return Empty()


@patch("/api/v2/notifications/policy", needs="write:notifications")
async def set_policy(call: Call, given: Policy) -> dict[str, Any]:
    """Choose whose notifications are held back: nobody's can be."""
    chosen = msgspec.structs.asdict(given)
    if set(chosen.values()) != {"accept"}:
        raise Invalid(
            "This site holds no notifications back.", hint="Use a filter, or mute who disturbs you."
        )
    return {**chosen, "summary": {"pending_requests_count": 0, "pending_notifications_count": 0}}


@post("/api/v1/notifications/requests/accept", needs="write:notifications")
async def accept_requests(call: Call, given: Named) -> Empty:
    """Let held notifications in: none are held."""
    return Empty()


@post("/api/v1/notifications/requests/dismiss", needs="write:notifications")
async def dismiss_requests(call: Call, given: Named) -> Empty:
    """Dismiss held notifications: none are held."""
    return Empty()


@post("/api/v1/statuses/{id:str}/translate", who="anybody", needs="read:statuses")
async def translate(call: Call, given: None) -> Empty:
    """Translate a status: the site has no service that does."""
    await timelines.read_post(call.ports, call.actor, call.id())
    raise NotFound("This site translates nothing.")


@get("/api/v1/timelines/link", who="anybody", needs="read:statuses")
async def link_timeline(call: Call, given: None) -> list[Any]:
    """View statuses with a link that trends: no links do."""
    return []


@get("/api/v1/annual_reports/{year:str}/state", needs="read:accounts")
async def report_state(call: Call, given: None) -> dict[str, str]:
    """See whether there is a report about a year: there never is."""
    return {"state": "ineligible"}


@post("/api/v1/annual_reports/{year:str}/generate", needs="write:accounts")
async def generate_report(call: Call, given: None) -> Empty:
    """Ask for a report about a year: none is made."""
    raise Invalid("This site makes no reports about years.")


@get("/api/v1/accounts/{id:str}/collections", who="anybody", needs="read:accounts")
async def collections(call: Call, given: None) -> dict[str, list[Any]]:
    """View somebody's collections of people: there are none."""
    await timelines.read_account(call.ports, call.actor, call.id())
    return {"collections": []}


@get("/api/v1/accounts/{id:str}/in_collections", who="anybody", needs="read:accounts")
async def in_collections(call: Call, given: None) -> dict[str, list[Any]]:
    """View the collections that somebody is in: there are none."""
    await timelines.read_account(call.ports, call.actor, call.id())
    return {"collections": []}


@post("/api/v1/collections", needs="write:accounts")
async def create_collection(call: Call, given: None) -> Empty:
    """Make a collection of people: lists are there for that."""
    raise Invalid("This site has no collections.", hint="Make a list.")


def _nothing(name: str, path: str, *, who: Who = "user", needs: str = "") -> Endpoint:
    async def missing(call: Call, given: None) -> Empty:
        """View what is not there."""
        raise NotFound

    missing.__name__ = name
    return get(path, who=who, needs=needs)(missing)


MISSING = (
    _nothing("report", "/api/v1/annual_reports/{year:str}", needs="read:accounts"),
    _nothing("request", "/api/v1/notifications/requests/{id:str}", needs="read:notifications"),
    _nothing("async_refresh", "/api/v1_alpha/async_refreshes/{id:str}", needs="read"),
    _nothing("collection", "/api/v1/collections/{id:str}", needs="read:accounts"),
)
"""Single ones of what there is none of."""

ENDPOINTS = (
    confirm,
    endorse,
    pin,
    unendorse,
    unpin,
    block_domain,
    unblock_domain,
    set_policy,
    accept_requests,
    dismiss_requests,
    translate,
    link_timeline,
    report_state,
    generate_report,
    collections,
    in_collections,
    create_collection,
    *MISSING,
)
