"""Requests to follow somebody who wants to be asked, and followers who are to go."""

from __future__ import annotations

from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import AccountFollowed, AccountUnfollowed
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AcceptFollow, DeleteFollowRequest
from microblog_core.services.relations import RelationCommand, pair_of, relation_to


async def read_follow_requests(ports: Ports, actor: Actor, page: Page) -> Listing[Related]:
    """Who asks to follow the actor, newest first, paged by the request's id. Raises `Unauthenticated`."""
    return await ports.storage.relations.requests(require_account(actor).id, page)


@authorised("follows.write")
@retried("id")
async def authorise_follow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Let somebody who asked follow; who follows already stays. Raises `NotFound` (they don't ask)."""
    viewer, other = await pair_of(ports, actor, command, "You can't follow yourself.")
    relation = await _asked(ports, viewer, other.id)
    if relation.followed_by:
        return relation
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        AcceptFollow(id=ports.ids.at(now), follower_id=other.id, followee_id=viewer, created_at=now),
        *ports.timeline.on_follow(other.id, viewer),
    )
    unit.notifications.delete(viewer, NotificationKind.FOLLOW_REQUEST, other.id)
    unit.emit(AccountFollowed(id=ports.ids.at(now), at=now, follower_id=other.id, followee_id=viewer))
    await unit.commit_once("request")
    return await _asked(ports, viewer, other.id)


@authorised("follows.write")
async def reject_follow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Refuse a request, without telling. Raises `NotFound` (they don't ask)."""
    viewer, other = await pair_of(ports, actor, command, "You can't follow yourself.")
    if not (await relation_to(ports, viewer, other.id)).requested_by:
        raise NotFound("This person doesn't ask to follow you.")
    unit = ports.unit()
    unit.apply(DeleteFollowRequest(follower_id=other.id, followee_id=viewer))
    unit.notifications.delete(viewer, NotificationKind.FOLLOW_REQUEST, other.id)
    await unit.commit()
    return await relation_to(ports, viewer, other.id)


@authorised("follows.write")
async def remove_follower(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End somebody's follow of the actor; without one nothing changes. Raises `NotFound`."""
    viewer, other = await pair_of(ports, actor, command, "You don't follow yourself.")
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.unfollow(other.id, viewer)
    unit.notifications.delete(viewer, NotificationKind.FOLLOW, other.id)
    unit.emit(AccountUnfollowed(id=ports.ids.at(now), at=now, follower_id=other.id, followee_id=viewer))
    await unit.commit()
    return await relation_to(ports, viewer, other.id)


async def _asked(ports: Ports, viewer: int, other: int) -> Relationship:
    """How the viewer stands to somebody who asks, or was let in. Raises `NotFound`."""
    relation = await relation_to(ports, viewer, other)
    if not relation.requested_by and not relation.followed_by:
        raise NotFound("This person doesn't ask to follow you.")
    return relation
