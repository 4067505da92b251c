"""Accounts: one's own and others', and how one stands to them
(https://docs.joinmastodon.org/methods/accounts/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get, post
from microblog_api.entities import (
    Account,
    CredentialAccount,
    FamiliarFollowers,
    MutedAccount,
    Preferences,
    Relationship,
    Status,
)
from microblog_api.paging import limit_of, offset_of
from microblog_core.domain.accounts import Account as DomainAccount
from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.permissions import Actor
from microblog_core.domain.relations import Related
from microblog_core.domain.relations import Relationship as DomainRelationship
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.http.scope import base_url_of
from microblog_core.services import profiles, relations, timelines
from microblog_core.services.requests import read_follow_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from microblog_core.ports.context import Ports

RELATIONSHIPS_MAX = 100


class Lookup(msgspec.Struct, frozen=True):
    """A name: `ada`, `@ada` or `ada@this.site`."""

    acct: str = ""


class AccountIds(msgspec.Struct, frozen=True):
    """Several accounts."""

    id: list[Id] = []


class Found(msgspec.Struct, frozen=True):
    """What to search for; with `following` only among those whom one follows."""

    q: str = ""
    following: bool = False


class Following(msgspec.Struct, frozen=True):
    """How to follow: with boosts, with a notification of each post, in these languages alone."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[str] | msgspec.UnsetType = msgspec.UNSET


class Muting(msgspec.Struct, frozen=True):
    """How to mute: with notifications, for `duration` seconds (0 for ever)."""

    notifications: bool = True
    duration: int = 0


class Note(msgspec.Struct, frozen=True):
    """What to note about somebody, seen by nobody else."""

    comment: str = ""


class StatusesQuery(msgspec.Struct, frozen=True):
    """Which of somebody's posts; `pinned`: only what the profile shows on top."""

    exclude_replies: bool = False
    exclude_reblogs: bool = False
    only_media: bool = False
    pinned: bool = False
    tagged: str = ""


@get("/api/v1/accounts/verify_credentials", needs="read:accounts profile")
async def verify_credentials(call: Call, given: None) -> CredentialAccount:
    """Test that a token works, and view the own account."""
    login = await profiles.read_login(call.ports, call.actor)
    waiting = 0
    if call.me.locked:
        waiting = len((await read_follow_requests(call.ports, call.actor, Page(limit=PAGE_MAX))).items)
    return call.present.own_account(call.me, login, waiting)


@get("/api/v1/preferences", needs="read:accounts")
async def preferences(call: Call, given: None) -> Preferences:
    """View the own defaults."""
    return call.present.preferences(await profiles.read_login(call.ports, call.actor))


@get("/api/v1/accounts/lookup", who="anybody", needs="read:accounts")
async def lookup(call: Call, given: Lookup) -> Account:
    """Find an account by its name."""
    username, _, domain = given.acct.strip().removeprefix("@").partition("@")
    if domain.casefold() == urlsplit(base_url_of(call.scope)).netloc.casefold():
        domain = ""
    found = await call.ports.storage.accounts.by_name(username, domain)
    if found is None:
        raise NotFound
    return call.present.account(await _shown(call, found.id))


@get("/api/v1/accounts/relationships", needs="read:follows")
async def relationships(call: Call, given: AccountIds) -> list[Relationship]:
    """See how one stands to several accounts."""
    wanted = list(dict.fromkeys(given.id))[:RELATIONSHIPS_MAX]
    found = await timelines.read_relationships(call.ports, call.actor, wanted)
    return [call.present.relationship(each) for each in found]


@get("/api/v1/accounts/search", needs="read:accounts", pages="offset")
async def search(call: Call, given: Found) -> list[Account]:
    """Search for people by the beginning of a name."""
    found = await timelines.find_accounts(
        call.ports,
        call.actor,
        given.q,
        limit=limit_of(call.sent, 40, 80),
        offset=offset_of(call.sent),
        following=given.following,
    )
    return call.present.accounts(found)


@get("/api/v1/accounts/familiar_followers", needs="read:follows follow")
async def familiar_followers(call: Call, given: AccountIds) -> list[FamiliarFollowers]:
    """See which of those whom one follows also follow somebody."""
    wanted = list(dict.fromkeys(given.id))[:RELATIONSHIPS_MAX]
    found = await timelines.read_familiar_followers(call.ports, call.actor, wanted)
    return [
        FamiliarFollowers(id=str(number), accounts=call.present.accounts(found.get(number, ())))
        for number in wanted
    ]


@get("/api/v1/accounts", who="anybody", needs="read:accounts")
async def read_several(call: Call, given: AccountIds) -> list[Account]:
    """View several profiles; who is not shown is left out."""
    wanted = list(dict.fromkeys(given.id))[:RELATIONSHIPS_MAX]
    return call.present.accounts(await call.ports.storage.accounts.get_many(call.actor.id, wanted))


@get("/api/v1/accounts/{id:str}", who="anybody", needs="read:accounts")
async def read(call: Call, given: None) -> Account:
    """View somebody's profile."""
    return call.present.account(await _shown(call, call.id()))


@get("/api/v1/accounts/{id:str}/statuses", who="anybody", needs="read:statuses", pages="cursor", keeps=True)
async def statuses(call: Call, given: StatusesQuery) -> list[Status]:
    """View somebody's posts, newest first."""
    listing = await timelines.read_account_posts(
        call.ports,
        call.actor,
        call.id(),
        call.page(),
        replies=not given.exclude_replies,
        boosts=not given.exclude_reblogs,
        pinned=given.pinned,
        tag=given.tagged,
        only_media=given.only_media,
    )
    call.keep(listing.items, f"account:{call.id()}", f"posts-of:{call.id()}")
    return await call.statuses(listing, FilterContext.ACCOUNT)


@get("/api/v1/accounts/{id:str}/followers", who="anybody", needs="read:accounts", pages="cursor")
async def followers(call: Call, given: None) -> list[Account]:
    """See who follows somebody, newest follow first."""
    account = await _shown(call, call.id())
    listing = await call.ports.storage.relations.followers(call.actor.id, account.id, call.page(40, 80))
    return _people(call, listing)


@get("/api/v1/accounts/{id:str}/following", who="anybody", needs="read:accounts", pages="cursor")
async def following(call: Call, given: None) -> list[Account]:
    """See whom somebody follows, newest follow first."""
    account = await _shown(call, call.id())
    listing = await call.ports.storage.relations.following(call.actor.id, account.id, call.page(40, 80))
    return _people(call, listing)


@get("/api/v1/blocks", needs="read:blocks", pages="cursor")
async def blocks(call: Call, given: None) -> list[Account]:
    """See whom one blocks, newest first."""
    return _people(call, await call.ports.storage.relations.blocked(call.me.id, call.page(40, 80)))


@get("/api/v1/mutes", needs="read:mutes", pages="cursor")
async def mutes(call: Call, given: None) -> list[MutedAccount]:
    """See whom one mutes, newest first, and for how long."""
    listing = await call.ports.storage.relations.muted(call.me.id, call.page(40, 80))
    people = [each.account for each in call.linked(listing)]
    found = await timelines.read_relationships(call.ports, call.actor, [each.id for each in people])
    ends = {each.account_id: each.mute_expires_at for each in found}
    return [call.present.muted_account(each, ends.get(each.id)) for each in people]


@post("/api/v1/accounts/{id:str}/follow", needs="write:follows")
async def follow(call: Call, given: Following) -> Relationship:
    """Follow somebody, or change how one follows them; who has a locked account is asked."""
    languages = None if given.languages is msgspec.UNSET else tuple(given.languages)
    command = relations.FollowCommand(
        account_id=call.id(), boosts=given.reblogs, notify=given.notify, languages=languages
    )
    return call.present.relationship(await relations.follow(call.ports, call.actor, command))


@post("/api/v1/accounts/{id:str}/unfollow", needs="write:follows")
async def unfollow(call: Call, given: None) -> Relationship:
    """Unfollow somebody."""
    return await _changed(call, relations.unfollow)


@post("/api/v1/accounts/{id:str}/block", needs="write:blocks")
async def block(call: Call, given: None) -> Relationship:
    """Block somebody."""
    return await _changed(call, relations.block)


@post("/api/v1/accounts/{id:str}/unblock", needs="write:blocks")
async def unblock(call: Call, given: None) -> Relationship:
    """Unblock somebody."""
    return await _changed(call, relations.unblock)


@post("/api/v1/accounts/{id:str}/mute", needs="write:mutes")
async def mute(call: Call, given: Muting) -> Relationship:
    """Mute somebody, maybe for a time."""
    command = relations.MuteCommand(
        account_id=call.id(), notifications=given.notifications, duration=given.duration
    )
    return call.present.relationship(await relations.mute(call.ports, call.actor, command))


@post("/api/v1/accounts/{id:str}/unmute", needs="write:mutes")
async def unmute(call: Call, given: None) -> Relationship:
    """Unmute somebody."""
    return await _changed(call, relations.unmute)


@post("/api/v1/accounts/{id:str}/note", needs="write:accounts")
async def note(call: Call, given: Note) -> Relationship:
    """Note something about somebody, seen by nobody else."""
    command = relations.NoteCommand(account_id=call.id(), comment=given.comment)
    return call.present.relationship(await relations.set_note(call.ports, call.actor, command))


async def _changed(
    call: Call,
    change: Callable[[Ports, Actor, relations.RelationCommand], Awaitable[DomainRelationship]],
) -> Relationship:
    command = relations.RelationCommand(account_id=call.id())
    return call.present.relationship(await change(call.ports, call.actor, command))


async def _shown(call: Call, account_id: int) -> DomainAccount:
    return await timelines.read_account(call.ports, call.actor, account_id)


def _people(call: Call, listing: Listing[Related]) -> list[Account]:
    return call.present.accounts(each.account for each in call.linked(listing))


ENDPOINTS = (
    read_several,
    verify_credentials,
    preferences,
    lookup,
    relationships,
    search,
    familiar_followers,
    read,
    statuses,
    followers,
    following,
    blocks,
    mutes,
    follow,
    unfollow,
    block,
    unblock,
    mute,
    unmute,
    note,
)
