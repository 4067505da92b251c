"""Timelines: home, public, hashtags (https://docs.joinmastodon.org/methods/timelines/)."""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, get
from microblog_api.entities import Status
from microblog_core.domain.filters import FilterContext
from microblog_core.services import timelines


class PublicQuery(msgspec.Struct, frozen=True):
    """Which posts: `remote` alone finds none, since a site knows only its own."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


class TagQuery(PublicQuery, frozen=True):
    """Which posts with a hashtag: also those with one of `any`, but only with each of `all` and none of
    `none`.
    """

    any: list[str] = []
    all: list[str] = []
    none: list[str] = []


@get("/api/v1/timelines/home", needs="read:statuses", pages="cursor")
async def read_home(call: Call, given: None) -> list[Status]:
    """View home timeline: what those whom one follows wrote and boosted, newest first."""
    found = await timelines.read_home(call.ports, call.actor, call.page())
    return await call.statuses(found, FilterContext.HOME)


@get("/api/v1/timelines/public", who="anybody", needs="read:statuses", pages="cursor", keeps=True)
async def read_public(call: Call, given: PublicQuery) -> list[Status]:
    """View public timeline, newest first."""
    if given.remote:
        return []
    found = await timelines.read_public(call.ports, call.actor, call.page(), only_media=given.only_media)
    call.keep(found.items, "public")
    return await call.statuses(found, FilterContext.PUBLIC)


@get("/api/v1/timelines/tag/{tag:str}", who="anybody", needs="read:statuses", pages="cursor", keeps=True)
async def read_tag(call: Call, given: TagQuery) -> list[Status]:
    """View public posts with a hashtag, newest first."""
    if given.remote:
        return []
    found = await timelines.read_tag(
        call.ports,
        call.actor,
        call.path("tag"),
        call.page(),
        any=given.any,
        all=given.all,
        none=given.none,
        only_media=given.only_media,
    )
    call.keep(found.items, f"tag:{call.path('tag').removeprefix('#').casefold()}")
    return await call.statuses(found, FilterContext.PUBLIC)


ENDPOINTS = (read_home, read_public, read_tag)
