"""Posts for members on pages: who may write them, what stands at a teaser, and the two parts that belong
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from microblog_core.domain.posts import Entry, Visibility
from microblog_core.ports.payments import payments_of
from microblog_core.services.members_only import has_tiers, is_teased
from microblog_core.services.timelines import read_post, read_thread
from microblog_web.paying import takes_money

if TYPE_CHECKING:
    from microblog_web.views import View

MEMBERS = Visibility.MEMBERS


async def writes_for_members(view: View) -> bool:
    """Whether the reader may write for members: the site takes money, and they offer a tier."""
    return view.me is not None and takes_money(view.ports) and await has_tiers(view.ports, view.me.id)


async def open_to(view: View, entries: Sequence[Entry]) -> frozenset[int]:
    """The authors of these teasers whose posts for members the reader can read. One statement, and none where
    there is no teaser.
    """
    authors = frozenset(entry.author.id for entry in entries if entry.post.teaser_for_members)
    if not authors or view.me is None or not takes_money(view.ports):
        return frozenset()
    own = view.me.id
    if authors == {own}:
        return frozenset((own,))
    return (authors & {own}) | await payments_of(view.ports.storage).member_of(own, authors, view.now)


class Parts(NamedTuple):
    """A post for members, and its teaser where it has one."""

    post: Entry
    teaser: Entry | None


async def parts_of(view: View, entry: Entry) -> Parts:
    """What an own post is a part of: the whole of it, where it is a teaser or has one. A post that belongs to
    nothing is alone.
    """
    post = entry.post
    if post.teaser_for_members:
        thread = await read_thread(view.ports, view.actor, post.id)
        teased = [each for each in thread.descendants if is_teased(post, each.post)]
        return Parts(teased[0], entry) if teased else Parts(entry, None)
    if post.visibility is MEMBERS and post.in_reply_to_id and post.in_reply_to_account_id == entry.author.id:
        before = await read_post(view.ports, view.actor, post.in_reply_to_id)
        if before.post.teaser_for_members and is_teased(before.post, post):
            return Parts(entry, before)
    return Parts(entry, None)
