"""Who may answer a post: the rule, in pure functions. Storages ask it again when the answer is written."""

from __future__ import annotations

from microblog_core.domain.errors import Invalid
from microblog_core.domain.posts import Entry, Post, ReplyPolicy


def allows_reply(post: Post, account_id: int, *, follows: bool, followed: bool) -> bool:
    """Whether an account may answer a post that it may see. `follows`: it follows the author, `followed`: the
    author follows it.
    """
    policy = post.reply_policy
    if policy is ReplyPolicy.PUBLIC or account_id == post.account_id:
        return True
    if policy is ReplyPolicy.NOBODY:
        return False
    return is_chosen(policy, follows=follows, followed=followed) or any(
        mention.account_id == account_id for mention in post.mentions
    )


def is_chosen(policy: ReplyPolicy, *, follows: bool, followed: bool) -> bool:
    """Whether a policy chooses somebody by how they and the author stand to each other."""
    return (policy is ReplyPolicy.FOLLOWERS and follows) or (policy is ReplyPolicy.FOLLOWED and followed)


def may_reply(viewer: int | None, entry: Entry) -> bool:
    """Whether the viewer may answer a post, as the storage decides it when they do; False for anonymous
    viewers.
    """
    if viewer is None:
        return False
    chosen = entry.replies_as_chosen
    return allows_reply(entry.post, viewer, follows=chosen, followed=chosen)


def check_reply_policy(value: str) -> ReplyPolicy:
    """Read a policy from the wire; raises `Invalid` with the field `reply_approval_policy`."""
    try:
        return ReplyPolicy(value)
    except ValueError:
        names = ", ".join(ReplyPolicy)
        raise Invalid(fields={"reply_approval_policy": f"Choose one of {names}."}) from None
