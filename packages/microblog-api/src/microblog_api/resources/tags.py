"""Hashtags: their use, those one follows, and those on a profile.

Sources: https://docs.joinmastodon.org/methods/tags/, .../followed_tags/, .../featured_tags/.
"""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, delete, get, post
from microblog_api.entities import Empty, FeaturedTag, Tag, TagHistory
from microblog_api.names import day
from microblog_core.domain import marks as domain
from microblog_core.domain.errors import NotFound
from microblog_core.services import tags
from microblog_core.services.tags import TagCommand


class NewFeaturedTag(msgspec.Struct, frozen=True):
    """A hashtag for the own profile."""

    name: str = ""


@get("/api/v1/tags/{name:str}", who="anybody")
async def read(call: Call, given: None) -> Tag:
    """View a hashtag and how it was used lately."""
    return _shown(call, await tags.read_tag_info(call.ports, call.actor, call.path("name")))


@post("/api/v1/tags/{name:str}/follow", needs="write:follows follow")
async def follow(call: Call, given: None) -> Tag:
    """Get a hashtag's public posts into the home timeline."""
    command = TagCommand(name=call.path("name"))
    return _shown(call, await tags.follow_tag(call.ports, call.actor, command))


@post("/api/v1/tags/{name:str}/unfollow", needs="write:follows follow")
async def unfollow(call: Call, given: None) -> Tag:
    """Follow a hashtag no longer."""
    command = TagCommand(name=call.path("name"))
    return _shown(call, await tags.unfollow_tag(call.ports, call.actor, command))


@post("/api/v1/tags/{name:str}/feature", needs="write:accounts")
async def feature(call: Call, given: None) -> Tag:
    """Show a hashtag on the own profile."""
    await tags.feature_tag(call.ports, call.actor, TagCommand(name=call.path("name")))
    return _shown(call, await tags.read_tag_info(call.ports, call.actor, call.path("name")))


@post("/api/v1/tags/{name:str}/unfeature", needs="write:accounts")
async def unfeature(call: Call, given: None) -> Tag:
    """Show a hashtag on the own profile no longer."""
    await tags.unfeature_tag(call.ports, call.actor, TagCommand(name=call.path("name")))
    return _shown(call, await tags.read_tag_info(call.ports, call.actor, call.path("name")))


@get("/api/v1/followed_tags", needs="read:follows follow", pages="cursor")
async def followed(call: Call, given: None) -> list[Tag]:
    """View the hashtags that one follows, newest first."""
    listing = await tags.read_followed_tags(call.ports, call.actor, call.page(100, 200))
    return [
        Tag(id=each.name, name=each.name, url=call.present.tag_url(each.name), history=[], following=True)
        for each in call.linked(listing)
    ]


@get("/api/v1/featured_tags", needs="read:accounts")
async def own_featured(call: Call, given: None) -> list[FeaturedTag]:
    """View the hashtags on the own profile."""
    return await _featured(call, call.me.id)


@get("/api/v1/accounts/{id:str}/featured_tags", who="anybody", needs="read:accounts")
async def featured(call: Call, given: None) -> list[FeaturedTag]:
    """View the hashtags on somebody's profile."""
    return await _featured(call, call.id())


@post("/api/v1/featured_tags", needs="write:accounts")
async def add_featured(call: Call, given: NewFeaturedTag) -> FeaturedTag:
    """Show a hashtag on the own profile."""
    made = await tags.feature_tag(call.ports, call.actor, TagCommand(name=given.name))
    return featured_tag(call, made)


@delete("/api/v1/featured_tags/{id:str}", needs="write:accounts")
async def remove_featured(call: Call, given: None) -> Empty:
    """Show a hashtag on the own profile no longer; `id` is the featured tag's."""
    number = call.id()
    for each in await tags.read_featured_tags(call.ports, call.actor, call.me.id):
        if each.id == number:
            await tags.unfeature_tag(call.ports, call.actor, TagCommand(name=each.name))
            return Empty()
    raise NotFound


@get("/api/v1/featured_tags/suggestions", needs="read:accounts")
async def suggested(call: Call, given: None) -> list[Tag]:
    """View the hashtags that one uses most and doesn't show yet."""
    found = await tags.suggest_tags(call.ports, call.actor)
    return [
        Tag(id=each.name, name=each.name, url=call.present.tag_url(each.name), history=[]) for each in found
    ]


async def _featured(call: Call, account_id: int) -> list[FeaturedTag]:
    found = await tags.read_featured_tags(call.ports, call.actor, account_id)
    return [featured_tag(call, each) for each in found]


def featured_tag(call: Call, tag: domain.FeaturedTag) -> FeaturedTag:
    """A hashtag on a profile."""
    return FeaturedTag(
        id=str(tag.id),
        name=tag.name,
        url=call.present.tag_url(tag.name),
        statuses_count=str(tag.posts_count),
        last_status_at=None if tag.last_post_at is None else day(tag.last_post_at),
    )


def _shown(call: Call, tag: domain.TagInfo) -> Tag:
    made = Tag(
        id=tag.name,
        name=tag.name,
        url=call.present.tag_url(tag.name),
        history=[
            TagHistory(day=str(each.day // 1000), uses=str(each.uses), accounts=str(each.accounts))
            for each in tag.history
        ],
    )
    if call.actor.id is not None:
        made.following, made.featuring = tag.following, tag.featured
    return made


ENDPOINTS = (
    read,
    follow,
    unfollow,
    feature,
    unfeature,
    followed,
    own_featured,
    featured,
    add_featured,
    remove_featured,
    suggested,
)
