"""Lists: people whom somebody follows, and hashtags, gathered under a title, with a timeline of their own."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import clean_line, is_blank
from microblog_core.domain.errors import Invalid

LIST_TITLE_LENGTH = 100
LISTS_MAX = 200
"""Lists of one account."""
LIST_MEMBERS_MAX = 1_000
"""People on one list. Its timeline is merged from the posts of each on reading: a page takes a step for
each.
"""
LIST_TAGS_MAX = 50
"""Hashtags on one list, for the same reason."""
MEMBERS_AT_ONCE = 100
"""People that one request adds or removes."""


class RepliesPolicy(enum.StrEnum):
    """Which answers to others a list shows: to people whom its owner follows, to people on the list, or none.

    Answers to the owner and to an author's own posts are shown whatever the policy.
    """

    FOLLOWED = "followed"
    LIST = "list"
    NONE = "none"


class List(msgspec.Struct, frozen=True, kw_only=True):
    """A list of `account_id`, seen by nobody else. What people on an `exclusive` one write is not at home."""

    id: int
    account_id: int
    title: str
    replies_policy: RepliesPolicy = RepliesPolicy.LIST
    exclusive: bool = False


class ListTag(msgspec.Struct, frozen=True):
    """A hashtag on a list (case folded, without #); `id` is the relation's."""

    id: int
    name: str


def check_list_title(title: str) -> str:
    """Return the title on one clean line; raises `Invalid` with the field `title`."""
    title = clean_line(title)
    if is_blank(title):
        raise Invalid(fields={"title": "Give the list a title."})
    if len(title) > LIST_TITLE_LENGTH:
        raise Invalid(fields={"title": f"Use at most {LIST_TITLE_LENGTH} characters."})
    return title


def check_replies_policy(value: str) -> RepliesPolicy:
    """Read a policy from the wire; raises `Invalid` with the field `replies_policy`."""
    try:
        return RepliesPolicy(value)
    except ValueError:
        policies = ", ".join(RepliesPolicy)
        raise Invalid(fields={"replies_policy": f"Choose one of {policies}."}) from None
