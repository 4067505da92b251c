"""Memberships: paying somebody every month or year, and seeing what they write for members."""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get, post
from microblog_api.entities import MembershipEntity
from microblog_api.paid import check_takes_money, membership_of
from microblog_core.domain.payments import Interval
from microblog_core.http.scope import header
from microblog_core.services.payments import memberships, reading, returning


class NewMembership(msgspec.Struct, frozen=True):
    """By which tier, and how often to pay. `country` is the payer's (`DE`)."""

    tier_id: Id
    interval: Interval = Interval.MONTH
    country: str = ""


class End(msgspec.Struct, frozen=True):
    """When what was paid is over, or at once."""

    at_once: bool = False


@post("/api/v1/payments/memberships", needs="write:payments")
async def join(call: Call, given: NewMembership) -> MembershipEntity:
    """Begin a membership; the member goes on to its `redirect_url`. The header `Idempotency-Key` makes
    repeating it harmless for an hour.
    """
    check_takes_money(call)
    command = memberships.BeginMembership(
        tier_id=given.tier_id,
        interval=given.interval,
        country=given.country,
        idempotency_key=header(call.scope, b"idempotency-key"),
    )
    return membership_of(call, await memberships.begin_membership(call.ports, call.actor, command))


@get("/api/v1/payments/memberships", needs="read:payments", pages="cursor")
async def read_all(call: Call, given: None) -> list[MembershipEntity]:
    """View the own memberships, newest first."""
    check_takes_money(call)
    listing = await reading.read_memberships(call.ports, call.actor, call.page())
    call.linked_by(listing, lambda each: each.membership.id)
    return [membership_of(call, each.membership, each.author, each.tier) for each in listing.items]


@get("/api/v1/payments/memberships/{id:str}", needs="read:payments")
async def read(call: Call, given: None) -> MembershipEntity:
    """View an own membership."""
    check_takes_money(call)
    return membership_of(call, await reading.read_membership(call.ports, call.actor, call.id()))


@post("/api/v1/payments/memberships/{id:str}/refresh", needs="write:payments")
async def refresh(call: Call, given: None) -> MembershipEntity:
    """Have the provider asked where an own membership stands, after coming back from there."""
    check_takes_money(call)
    command = returning.Returned(id=call.id())
    return membership_of(call, await returning.return_to_membership(call.ports, call.actor, command))


@post("/api/v1/payments/memberships/{id:str}/end", needs="write:payments")
async def end(call: Call, given: End) -> MembershipEntity:
    """End an own membership: it is charged no more, and nothing is given back."""
    check_takes_money(call)
    command = memberships.EndMembership(membership_id=call.id(), at_once=given.at_once)
    return membership_of(call, await memberships.end_membership(call.ports, call.actor, command))


ENDPOINTS = (join, read_all, read, refresh, end)
