"""Conversations: each person's own rows, kept in the transaction of the direct post."""

from __future__ import annotations

from microblog_core.domain.conversations import others_key, people_in
from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import DeleteConversation, FileDirect, MarkConversation
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

_THERE = "SELECT id FROM posts WHERE id = :post"
_FILE = (
    "INSERT INTO conversations (id, account_id, thread_id, participants, last_post_id, unread)"
    " SELECT CAST(:id AS BIGINT), id, CAST(:thread AS BIGINT), CAST(:others AS TEXT),"
    " CAST(:post AS BIGINT), id <> :author FROM accounts WHERE id = :account"
    " ON CONFLICT (account_id, thread_id, participants) DO UPDATE SET unread = excluded.unread,"
    " last_post_id = CASE WHEN excluded.last_post_id > conversations.last_post_id"
    " THEN excluded.last_post_id ELSE conversations.last_post_id END RETURNING id"
)
_DIRECT = (
    "INSERT INTO direct_posts (account_id, post_id, conversation_id) VALUES (:account, :post, :conversation)"
)
_UNFILE = "DELETE FROM direct_posts WHERE post_id = :post RETURNING conversation_id"
_LAST = "SELECT MAX(post_id) FROM direct_posts WHERE conversation_id = :id"
_MARK = "UPDATE conversations SET unread = :unread WHERE id = :id AND account_id = :account RETURNING id"
_DELETE = "DELETE FROM conversations WHERE id = :id AND account_id = :account RETURNING id"


def file_direct(dialect: Dialect, operation: FileDirect) -> Steps[None]:
    """Put a post into everybody's conversation."""
    post = operation.post
    if not (yield f"{_THERE}{dialect.locked()}", {"post": post.id}):
        return
    yield from unfile(dialect, post.id)
    people = people_in(post)
    for account_id, fresh in zip(people, operation.ids, strict=True):
        values = {
            "id": fresh,
            "account": account_id,
            "thread": post.thread_id,
            "others": others_key(people, account_id),
            "post": post.id,
            "author": post.account_id,
        }
        filed = yield _FILE, values
        if filed:
            yield _DIRECT, values | {"conversation": filed[0][0]}


def unfile(dialect: Dialect, post_id: int) -> Steps[None]:
    """Take a post out of its conversations; those without another one go."""
    filed = yield _UNFILE, {"post": post_id}
    for conversation in sorted(row[0] for row in filed):
        values = {"id": conversation, "last": None}
        # Whoever puts another post into it locks it, too.
        yield f"SELECT id FROM conversations WHERE id = :id{dialect.locked()}", values
        values["last"] = (yield _LAST, values)[0][0]
        if values["last"] is None:
            yield "DELETE FROM conversations WHERE id = :id", values
        else:
            yield "UPDATE conversations SET last_post_id = :last WHERE id = :id", values


def mark_conversation(dialect: Dialect, operation: MarkConversation) -> Steps[None]:
    """It was read, or not; guard `exists`."""
    values = {"id": operation.id, "account": operation.account_id, "unread": operation.unread}
    if not (yield _MARK, values):
        raise Conflict("The conversation is gone.", guard="exists")


def delete_conversation(dialect: Dialect, operation: DeleteConversation) -> Steps[None]:
    """Leave it out of the listing; guard `exists`."""
    if not (yield _DELETE, {"id": operation.id, "account": operation.account_id}):
        raise Conflict("The conversation is gone.", guard="exists")
