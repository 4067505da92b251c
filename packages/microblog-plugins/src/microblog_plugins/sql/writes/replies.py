"""Who may answer a post: asked when an answer is written, and changed by its author."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import Post, ReplyPolicy
from microblog_core.ports.operations import SetReplyPolicy
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.steps import Steps

_CHOSEN = {
    ReplyPolicy.FOLLOWERS: exists("follows f", "f.follower_id = :account AND f.followee_id = :author"),
    ReplyPolicy.FOLLOWED: exists("follows f", "f.follower_id = :author AND f.followee_id = :account"),
    ReplyPolicy.MENTIONED: "FALSE",
}
_NAMED = exists("post_mentions m", "m.post_id = :parent AND m.account_id = :account")
_SET = "UPDATE posts SET revision = revision + 1, reply_policy = :policy WHERE id = :id RETURNING id"


def check_reply(post: Post, author: int, policy: str) -> Steps[None]:
    """Whether the account of a post may answer what it answers, a post by `author` with this policy, whose
    row is locked; guard `reply`.
    """
    if policy == ReplyPolicy.PUBLIC or author == post.account_id:
        return
    chosen = _CHOSEN.get(ReplyPolicy(policy))
    if chosen is not None:
        values = {"account": post.account_id, "author": author, "parent": post.in_reply_to_id}
        allowed = yield f"SELECT {chosen} OR {_NAMED}", values
        if allowed[0][0] == 1:
            return
    raise Conflict("The post can't be answered.", guard="reply")


def set_reply_policy(dialect: Dialect, operation: SetReplyPolicy) -> Steps[None]:
    """Who may answer a post from now on; guard `exists`."""
    if not (yield _SET, {"id": operation.post.id, "policy": str(operation.policy)}):
        raise Conflict("The post is gone.", guard="exists")
