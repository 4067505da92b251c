"""Hashtags: follow them, show them on the profile, look at their use. Names may be given in any spelling."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.marks import (
    FEATURED_TAGS_MAX,
    FOLLOWED_TAGS_MAX,
    FeaturedTag,
    FollowedTag,
    TagInfo,
    TagUse,
    check_tag,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddFeaturedTag,
    AddTagFollow,
    DeleteFeaturedTag,
    DeleteTagFollow,
    Operation,
)
from microblog_core.services.timelines import read_account

SUGGESTIONS = 10


class TagCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Follow or show a hashtag, or take it back."""

    name: str


async def read_tag_info(ports: Ports, actor: Actor, name: str) -> TagInfo:
    """A hashtag with its use on the last days, used or not. Raises `NotFound` for what can't be one."""
    try:
        tag = check_tag(name)
    except Invalid:
        raise NotFound("There is no such hashtag.") from None
    return await ports.storage.tags.get(actor.id, tag, ports.clock.now())


@authorised("follows.write")
@rate_limited("follow", limit=400, per=3600)
@retried("id")
async def follow_tag(ports: Ports, actor: Actor, command: TagCommand) -> TagInfo:
    """Get public posts with a hashtag into the own home timeline. Raises `Invalid` (field `name`, or there
    are `FOLLOWED_TAGS_MAX`).
    """
    account, tag, now = require_account(actor), check_tag(command.name), ports.clock.now()
    follow = AddTagFollow(id=ports.ids.at(now), account_id=account.id, tag=tag, created_at=now)
    full = f"You follow {FOLLOWED_TAGS_MAX} hashtags."
    await _add(ports, follow, once="tag", guard="tags", full=full)
    return await ports.storage.tags.get(account.id, tag, now)


@authorised("follows.write")
async def unfollow_tag(ports: Ports, actor: Actor, command: TagCommand) -> TagInfo:
    """End following a hashtag. Raises `Invalid` (field `name`)."""
    account, tag = require_account(actor), check_tag(command.name)
    unit = ports.unit()
    unit.apply(DeleteTagFollow(account_id=account.id, tag=tag))
    await unit.commit()
    return await ports.storage.tags.get(account.id, tag, ports.clock.now())


async def read_followed_tags(ports: Ports, actor: Actor, page: Page) -> Listing[FollowedTag]:
    """The hashtags that the actor follows, newest first, paged by the relation's id. Raises
    `Unauthenticated`.
    """
    return await ports.storage.tags.followed(require_account(actor).id, page)


@authorised("account.write")
@retried("id")
async def feature_tag(ports: Ports, actor: Actor, command: TagCommand) -> FeaturedTag:
    """Show a hashtag on the own profile. Raises `Invalid` (field `name`, or there are
    `FEATURED_TAGS_MAX`).
    """
    account, tag, now = require_account(actor), check_tag(command.name), ports.clock.now()
    feature = AddFeaturedTag(id=ports.ids.at(now), account_id=account.id, tag=tag, created_at=now)
    full = f"You show {FEATURED_TAGS_MAX} hashtags."
    await _add(ports, feature, once="featured", guard="featured_tags", full=full)
    shown = await ports.storage.tags.featured(account.id)
    found = next((each for each in shown if each.name == tag), None)
    if found is None:
        raise NotFound("This hashtag is not on your profile any more.")
    return found


@authorised("account.write")
async def unfeature_tag(ports: Ports, actor: Actor, command: TagCommand) -> None:
    """No longer show a hashtag on the own profile. Raises `Invalid` (field `name`)."""
    unit = ports.unit()
    unit.apply(DeleteFeaturedTag(account_id=require_account(actor).id, tag=check_tag(command.name)))
    await unit.commit()


async def read_featured_tags(ports: Ports, actor: Actor, account_id: int) -> Sequence[FeaturedTag]:
    """The hashtags on somebody's profile, newest first. Raises `NotFound`."""
    account = await read_account(ports, actor, account_id)
    return await ports.storage.tags.featured(account.id)


async def suggest_tags(ports: Ports, actor: Actor) -> Sequence[TagUse]:
    """Hashtags that the actor uses most and does not show yet. Raises `Unauthenticated`."""
    return await ports.storage.tags.uses(require_account(actor).id, SUGGESTIONS)


async def _add(ports: Ports, operation: Operation, *, once: str, guard: str, full: str) -> None:
    unit = ports.unit()
    unit.apply(operation)
    try:
        await unit.commit_once(once)
    except Conflict as conflict:
        if conflict.guard == guard:
            raise Invalid(full, hint="Take one of them back first.") from conflict
        raise
