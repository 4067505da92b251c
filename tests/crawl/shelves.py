"""What a member keeps: marked posts, a list, a filter, and a post for later, so that each can be undone."""

from __future__ import annotations

from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports
from microblog_core.services import filters, lists, marks, posts, scheduled, sessions
from microblog_core.services.reactions import PostCommand, boost_post

DAY = 24 * 3600 * 1000


async def keep(ports: Ports, account: Account, other: Account) -> tuple[int, int]:
    """Fill somebody's shelves; `other` is followed. Returns the post that is
    marked in every way, and one that a filter could hide.
    """
    me = Actor(account=account)
    mine = await posts.publish_post(ports, me, posts.PublishPost(text="Worth keeping"))
    command = PostCommand(post_id=mine.post.id)
    await marks.bookmark_post(ports, me, command)
    await marks.pin_post(ports, me, command)
    await marks.mute_thread(ports, me, command)
    made = await lists.create_list(ports, me, lists.CreateList(title="Friends"))
    members = lists.ListMembers(list_id=made.id, account_ids=(other.id,))
    await lists.add_list_members(ports, me, members)
    await lists.add_list_tag(ports, me, lists.TagOnList(list_id=made.id, name="tea"))
    hides = await filters.create_filter(
        ports, me, filters.CreateFilter(title="Adverts", context=(FilterContext.PUBLIC,))
    )
    theirs = await posts.publish_post(ports, Actor(account=other), posts.PublishPost(text="Buy something"))
    await boost_post(ports, me, PostCommand(post_id=theirs.post.id))
    quoting = posts.PublishPost(text="Worth quoting", quoted_post_id=mine.post.id)
    await posts.publish_post(ports, Actor(account=other), quoting)
    await sessions.open_session(ports, account)
    added = filters.AddFilterStatus(filter_id=hides.id, post_id=theirs.post.id)
    await filters.add_filter_status(ports, me, added)
    later = posts.PublishPost(text="Not yet")
    await scheduled.schedule_post(
        ports, me, scheduled.SchedulePost(post=later, scheduled_at=ports.clock.now() + DAY)
    )
    return mine.post.id, theirs.post.id
