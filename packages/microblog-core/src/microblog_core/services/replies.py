"""Answers: what somebody may answer, and who may answer an own post.

Whether a post may be answered the storage asks again when the answer is written (guard `reply`).
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry, ReplyPolicy
from microblog_core.domain.replies import may_reply
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import SetReplyPolicy as SetStored
from microblog_core.services.timelines import read_post

_REASONS = {
    ReplyPolicy.FOLLOWERS: "Only followers of its author and people named may answer this post.",
    ReplyPolicy.FOLLOWED: "Only people whom its author follows or names may answer this post.",
    ReplyPolicy.MENTIONED: "Only people who are named in it may answer this post.",
    ReplyPolicy.NOBODY: "Nobody but its author may answer this post.",
}


class SetReplyPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Who may answer an own post from now on; answers that are there stay."""

    post_id: int
    policy: ReplyPolicy


def refusal(policy: ReplyPolicy) -> Forbidden:
    """What is said to somebody who may not answer a post with this policy."""
    text = _REASONS.get(policy, "This post can't be answered.")
    return Forbidden(text, hint="You can quote it, if its author lets you.", code="reply_policy")


async def answerable(ports: Ports, actor: Actor, post_id: int | None) -> Entry | None:
    """The post that is to be answered; None for none. Raises `Invalid` (field `in_reply_to_id`: it is gone),
    `Forbidden` (a block, or its author lets others answer).
    """
    if post_id is None:
        return None
    try:
        parent = await read_post(ports, actor, post_id)
    except NotFound:
        raise Invalid(fields={"in_reply_to_id": "The post that you answer is gone."}) from None
    if parent.author.id != actor.id:
        relations = await ports.storage.relations.get(require_account(actor).id, (parent.author.id,))
        if relations[parent.author.id].blocking:
            raise Forbidden("You block this person.", hint="Unblock them to answer.")
        if not may_reply(actor.id, parent):
            raise refusal(parent.post.reply_policy)
    return parent


@authorised("posts.write")
@rate_limited("react", limit=300, per=3600)
async def set_reply_policy(ports: Ports, actor: Actor, command: SetReplyPolicy) -> Entry:
    """Say who may answer an own post; the post as it is now. Raises `NotFound`, `Forbidden`."""
    entry = await read_post(ports, actor, command.post_id)
    if entry.author.id != require_account(actor).id:
        raise Forbidden("Only its author decides who may answer a post.")
    unit = ports.unit()
    unit.apply(SetStored(post=entry.post, policy=command.policy))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound from conflict
    return msgspec.structs.replace(
        entry, post=msgspec.structs.replace(entry.post, reply_policy=command.policy)
    )
