"""The plugin's API face: reactions of each status, resources to react with, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from litestar import Request, delete, get, put
from litestar.params import FromPath

from microblog_api import hookspecs
from microblog_api.access import require_user
from microblog_api.contributions import ApiScope, PostField
from microblog_api.entities import Status
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import Scope, site_of
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_reactions.reacting import React, react
from microblog_reactions.tables import Count, DayCount, counts_of, days

SCOPE = "reactions:write"


class Reactions:
    """A `PostFieldResolver`: one statement for an answer."""

    async def resolve(self, site: Site, actor: Actor, posts: Sequence[Status]) -> Sequence[list[Count]]:
        """What each status got; those that aren't there are not shown to `actor` either."""
        ids = [int(post.id) for post in posts]
        found = await counts_of(site.ports.storage, actor.id, ids)
        return [list(found.get(post_id, ())) for post_id in ids]


async def _react(request: Request[Any, Any, Any], post_id: str, emoji: str, *, undo: bool) -> list[Count]:
    scope = cast("Scope", request.scope)
    user = await require_user(scope, SCOPE)
    ports = site_of(scope).ports
    known = parse_id(post_id)
    if known is None:
        raise NotFound("Record not found")
    entry = await react(ports, user.actor, React(post_id=known, emoji=emoji, undo=undo))
    found: Mapping[int, Sequence[Count]] = await counts_of(ports.storage, user.actor.id, [entry.post.id])
    return list(found.get(entry.post.id, ()))


@put("/{post_id:str}/{emoji:str}")
async def give(request: Request[Any, Any, Any], post_id: FromPath[str], emoji: FromPath[str]) -> list[Count]:
    """React to a status; the reactions that it has then."""
    return await _react(request, post_id, emoji, undo=False)


@delete("/{post_id:str}/{emoji:str}", status_code=200)
async def undo(request: Request[Any, Any, Any], post_id: FromPath[str], emoji: FromPath[str]) -> list[Count]:
    """Take a reaction back; the reactions that it has then."""
    return await _react(request, post_id, emoji, undo=True)


@get("/days")
async def counted(request: Request[Any, Any, Any]) -> list[DayCount]:
    """How often each emoji was given, by days, newest first."""
    return list(await days(site_of(cast("Scope", request.scope)).ports.storage, limit=200))


@implements(hookspecs.register_post_fields)
def post_fields() -> Iterable[PostField]:
    return [
        PostField(
            name="given",
            type=list[Count],
            resolver=Reactions(),
            description="The emojis that it got, most frequent first.",
        )
    ]


@implements(hookspecs.register_resources)
def resources() -> Iterable[object]:
    return [give, undo, counted]


@implements(hookspecs.register_scopes)
def scopes() -> Iterable[ApiScope]:
    return [ApiScope(name=SCOPE, description="React to posts with an emoji")]
