"""Follows, blocks and mutes: how one account stands to another."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """How the viewer stands to `account_id`. `blocked_by` is never shown as such; it explains what is
    refused.
    """

    account_id: int
    following: bool = False
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False


class Related(msgspec.Struct, frozen=True):
    """An account in a list of relations; `id` is the relation's, by which the list pages."""

    id: int
    account: Account
