"""Who may answer posts, in memory: asked when an answer is written, and changed by authors."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import Post
from microblog_core.domain.replies import allows_reply
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import SetReplyPolicy


def check_reply(tables: Tables, post: Post) -> None:
    """Whether what a post answers may be answered by its author; guard `reply`."""
    parent = None if post.in_reply_to_id is None else tables.posts.get(post.in_reply_to_id)
    if parent is None:
        return
    follows = (post.account_id, parent.account_id) in tables.follows
    followed = (parent.account_id, post.account_id) in tables.follows
    if not allows_reply(parent, post.account_id, follows=follows, followed=followed):
        raise Conflict("The post can't be answered.", guard="reply")


def set_reply_policy(tables: Tables, operation: SetReplyPolicy) -> None:
    """Who may answer a post from now on; guard `exists`."""
    post = tables.posts.get(operation.post.id)
    if post is None:
        raise Conflict("The post is gone.", guard="exists")
    tables.posts.put(post.id, replace(post, reply_policy=operation.policy))
