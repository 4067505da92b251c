"""Reactions to posts: boost and favourite, and taking them back. What is done already stays as it is."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.domain.events import PostBoosted, PostFavourited, PostUnboosted, PostUnfavourited
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, Post
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddFavourite
from microblog_core.services.notifications import notify
from microblog_core.services.timelines import read_post


class PostCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Boost, favourite, or take one back."""

    post_id: int


@authorised("posts.write")
@rate_limited("react", limit=1000, per=3600)
@retried("id")
async def boost_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Show a public or unlisted post to the own followers; a second time changes nothing.

    Raises `NotFound`, `Invalid` (only public and unlisted posts can be boosted).
    """
    author = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    if entry.post.visibility not in OPEN_VISIBILITIES:
        raise Invalid("Only public and unlisted posts can be boosted.")
    if entry.boosted:
        return entry
    now = ports.clock.now()
    boost_id = ports.ids.at(now)
    boost = Post(
        id=boost_id,
        account_id=author.id,
        visibility=entry.post.visibility,
        thread_id=boost_id,
        boost_of_id=entry.post.id,
        delivery=ports.timeline.delivery(author),
        created_at=now,
    )
    unit = ports.unit()
    unit.posts.add(boost)
    unit.apply(*ports.timeline.on_publish(boost, author, now, ports.ids.at(now)))
    notify(ports, unit, entry.author.id, NotificationKind.BOOST, author.id, entry.post.id, now)
    unit.emit(
        PostBoosted(
            id=ports.ids.at(now),
            at=now,
            post_id=entry.post.id,
            boost_id=boost_id,
            account_id=author.id,
            author_id=entry.author.id,
        )
    )
    await unit.commit_once("boost")
    return await read_post(ports, actor, entry.post.id)


async def own_boost(ports: Ports, actor: Actor, entry: Entry) -> Entry | None:
    """The actor's boost of this post, as a line of its own; None where there is none."""
    booster = require_account(actor)
    found = await ports.storage.posts.boost_of(booster.id, entry.post.id)
    if found is None:
        return None
    boost_id, boosted_at = found
    return msgspec.structs.replace(entry, id=boost_id, boosted_by=booster, boosted_at=boosted_at)


async def read_boosters(ports: Ports, actor: Actor, post_id: int, page: Page) -> Listing[Related]:
    """Who boosted a post, newest boost first. Raises `NotFound`."""
    entry = await read_post(ports, actor, post_id)
    return await ports.storage.posts.boosted_by(actor.id, entry.post.id, page)


async def read_favouriters(ports: Ports, actor: Actor, post_id: int, page: Page) -> Listing[Related]:
    """Who favourited a post, newest favourite first. Raises `NotFound`."""
    entry = await read_post(ports, actor, post_id)
    return await ports.storage.posts.favourited_by(actor.id, entry.post.id, page)


@authorised("posts.write")
async def unboost_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Take a boost back; without one nothing changes. Raises `NotFound`."""
    author = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    boost = await ports.storage.posts.boost_of(author.id, entry.post.id)
    now = ports.clock.now()
    unit = ports.unit()
    unit.posts.delete_boost(author.id, entry.post)
    unit.notifications.delete(entry.author.id, NotificationKind.BOOST, author.id, entry.post.id)
    unit.emit(
        PostUnboosted(
            id=ports.ids.at(now),
            at=now,
            post_id=entry.post.id,
            account_id=author.id,
            boost_id=boost[0] if boost else None,
        )
    )
    await unit.commit()
    return await read_post(ports, actor, entry.post.id)


@authorised("posts.write")
@rate_limited("react", limit=1000, per=3600)
@retried("id")
async def favourite_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Tell the author that one likes the post; a second time changes nothing. Raises `NotFound`."""
    author = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    if entry.favourited:
        return entry
    now = ports.clock.now()
    unit = ports.unit()
    unit.posts.favourite(
        AddFavourite(id=ports.ids.at(now), account_id=author.id, post_id=entry.post.id, created_at=now)
    )
    notify(ports, unit, entry.author.id, NotificationKind.FAVOURITE, author.id, entry.post.id, now)
    unit.emit(
        PostFavourited(
            id=ports.ids.at(now),
            at=now,
            post_id=entry.post.id,
            account_id=author.id,
            author_id=entry.author.id,
        )
    )
    await unit.commit_once("favourite")
    return await read_post(ports, actor, entry.post.id)


@authorised("posts.write")
async def unfavourite_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Take a favourite back; without one nothing changes. Raises `NotFound`."""
    author = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    now = ports.clock.now()
    unit = ports.unit()
    unit.posts.unfavourite(author.id, entry.post.id)
    unit.notifications.delete(entry.author.id, NotificationKind.FAVOURITE, author.id, entry.post.id)
    unit.emit(PostUnfavourited(id=ports.ids.at(now), at=now, post_id=entry.post.id, account_id=author.id))
    await unit.commit()
    return await read_post(ports, actor, entry.post.id)
