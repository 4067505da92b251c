"""Requests to follow (https://docs.joinmastodon.org/methods/follow_requests/), and followers one removes."""

from __future__ import annotations

from microblog_api.endpoints import Call, get, post
from microblog_api.entities import Account, Relationship
from microblog_core.services import requests
from microblog_core.services.relations import RelationCommand


@get("/api/v1/follow_requests", needs="read:follows follow", pages="cursor")
async def read(call: Call, given: None) -> list[Account]:
    """View who asks to follow, newest first."""
    listing = await requests.read_follow_requests(call.ports, call.actor, call.page(40, 80))
    return call.present.accounts(each.account for each in call.linked(listing))


@post("/api/v1/follow_requests/{id:str}/authorize", needs="write:follows follow")
async def authorise(call: Call, given: None) -> Relationship:
    """Accept a request; `id` is the asking account's."""
    command = RelationCommand(account_id=call.id())
    return call.present.relationship(await requests.authorise_follow(call.ports, call.actor, command))


@post("/api/v1/follow_requests/{id:str}/reject", needs="write:follows follow")
async def reject(call: Call, given: None) -> Relationship:
    """Reject a request."""
    command = RelationCommand(account_id=call.id())
    return call.present.relationship(await requests.reject_follow(call.ports, call.actor, command))


@post("/api/v1/accounts/{id:str}/remove_from_followers", needs="write:follows")
async def remove_follower(call: Call, given: None) -> Relationship:
    """Let somebody follow no longer."""
    command = RelationCommand(account_id=call.id())
    return call.present.relationship(await requests.remove_follower(call.ports, call.actor, command))


ENDPOINTS = (read, authorise, reject, remove_follower)
