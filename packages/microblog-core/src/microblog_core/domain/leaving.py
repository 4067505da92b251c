"""Leaving: an account that is to be deleted is hidden at once and can come back until its grace is over."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.posts import Post


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is to be deleted at `due_at`; `state` is what it was before. Unix milliseconds."""

    account_id: int
    state: AccountState
    left_at: int
    due_at: int


class Remnant(msgspec.Struct, frozen=True):
    """A post of an account that is deleted; `hidden_at` as in `ports.undo`, None for one that
    isn't hidden.
    """

    post: Post
    hidden_at: int | None = None


OWN_VALUES = (("web", "draft:"), ("core", "second_factor:"))
"""Values of ours that are somebody's own, as (plugin, beginning of the key); the account's id follows."""
