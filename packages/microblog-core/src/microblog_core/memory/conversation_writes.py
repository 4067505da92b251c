"""What operations on conversations write."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.conversations import others_key, people_in
from microblog_core.domain.errors import Conflict
from microblog_core.memory.tables import Tables, Talk
from microblog_core.ports.operations import DeleteConversation, FileDirect, MarkConversation


def file_direct(tables: Tables, operation: FileDirect) -> None:
    """Put a post into everybody's conversation."""
    post = operation.post
    if post.id not in tables.posts:
        return
    unfile(tables, post.id)
    people = people_in(post)
    for account_id, fresh in zip(people, operation.ids, strict=True):
        if account_id not in tables.accounts:
            continue
        key = (account_id, post.thread_id, others_key(people, account_id))
        unread = account_id != post.account_id
        talk = next((talk for talk in tables.talks.rows.values() if talk.key == key), None)
        if talk is None:
            talk = Talk(fresh, *key, post.id, unread)
        else:
            talk = replace(talk, last_post_id=max(talk.last_post_id, post.id), unread=unread)
        tables.talks.put(talk.id, talk)
        tables.direct.put((account_id, post.id), talk.id)


def unfile(tables: Tables, post_id: int) -> None:
    """Take a post out of its conversations; those without another one go."""
    for pair, talk_id in tuple(tables.direct.rows.items()):
        if pair[1] != post_id:
            continue
        tables.direct.remove(pair)
        talk = tables.talks.get(talk_id)
        left = [other for (_, other), where in tables.direct.rows.items() if where == talk_id]
        if talk is not None and left:
            tables.talks.put(talk_id, replace(talk, last_post_id=max(left)))
        elif talk is not None:
            tables.talks.remove(talk_id)


def mark_conversation(tables: Tables, operation: MarkConversation) -> None:
    """It was read, or not; guard `exists`."""
    talk = tables.talks.get(operation.id)
    if talk is None or talk.account_id != operation.account_id:
        raise Conflict("The conversation is gone.", guard="exists")
    tables.talks.put(talk.id, replace(talk, unread=operation.unread))


def delete_conversation(tables: Tables, operation: DeleteConversation) -> None:
    """Leave it out of the listing; guard `exists`."""
    talk = tables.talks.get(operation.id)
    if talk is None or talk.account_id != operation.account_id:
        raise Conflict("The conversation is gone.", guard="exists")
    tables.talks.remove(talk.id)
