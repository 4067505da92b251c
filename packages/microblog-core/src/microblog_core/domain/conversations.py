"""Conversations: direct posts of one thread between the same people, as one of them has them."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, Post


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with its newest post. `accounts` are the others, where they are shown; listings page by
    the id of `last`.
    """

    id: int
    unread: bool
    accounts: tuple[Account, ...]
    last: Entry


def people_in(post: Post) -> tuple[int, ...]:
    """The account ids of the author and everybody whom a post names, in order."""
    return tuple(sorted({post.account_id, *(mention.account_id for mention in post.mentions)}))


def others_key(people: tuple[int, ...], account_id: int) -> str:
    """The others of a conversation, as what it is found by."""
    return ",".join(str(other) for other in people if other != account_id)
