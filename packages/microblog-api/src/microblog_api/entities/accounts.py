"""People: accounts, how one stands to them, and the own defaults."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_api.entities.base import CustomEmoji, Entity, Field


class Account(Entity):
    """Somebody, as everybody may see them."""

    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool | None
    indexable: bool
    group: bool
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    header: str
    header_static: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool | None
    noindex: bool
    emojis: list[CustomEmoji]
    roles: list[AccountRole]
    fields: list[Field]


class AccountRole(Entity):
    """A role that is shown on a profile."""

    id: str
    name: str
    color: str


class MutedAccount(Account):
    """An account that one mutes, with the end of the mute."""

    mute_expires_at: str | None = None


class Source(Entity):
    """What an own profile is made of, and the own defaults; `note` is plain text."""

    privacy: str
    sensitive: bool
    language: str | None
    note: str
    fields: list[Field]
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    quote_policy: str = "public"
    attribution_domains: list[str] = msgspec.field(default_factory=list)


class Role(Entity):
    """What somebody may do on this site; `permissions` is a bit mask as text."""

    id: str
    name: str
    permissions: str
    color: str
    highlighted: bool


class CredentialAccount(Account):
    """The own account."""

    source: Source
    role: Role


class Relationship(Entity):
    """How one stands to somebody."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class FamiliarFollowers(Entity):
    """Those whom one follows and who follow somebody."""

    id: str
    accounts: list[Account]


class Suggestion(Entity):
    """Somebody to follow."""

    source: str
    sources: list[str]
    account: Account


class Preferences(msgspec.Struct, kw_only=True):
    """The own defaults, under Mastodon's names for them."""

    visibility: str = msgspec.field(name="posting:default:visibility")
    sensitive: bool = msgspec.field(name="posting:default:sensitive")
    language: str | None = msgspec.field(name="posting:default:language")
    quote_policy: str = msgspec.field(name="posting:default:quote_policy", default="public")
    media: str = msgspec.field(name="reading:expand:media", default="default")
    spoilers: bool = msgspec.field(name="reading:expand:spoilers", default=False)
    autoplay: bool = msgspec.field(name="reading:autoplay:gifs", default=False)


class Profile(Entity):
    """The own profile as it was written: texts without HTML, and null for a picture that there is not."""

    id: str
    display_name: str
    note: str
    fields: list[Field]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool
    discoverable: bool
    indexable: bool
    show_media: bool = True
    show_media_replies: bool = True
    show_featured: bool = True
    attribution_domains: list[str] = msgspec.field(default_factory=list)
    featured_tags: list[Any] = msgspec.field(default_factory=list)
