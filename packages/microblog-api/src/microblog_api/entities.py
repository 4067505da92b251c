"""What the API answers with: Mastodon's entities as structs, field by field as its documentation has them.

Source: https://docs.joinmastodon.org/entities/. Ids are decimal strings, moments ISO 8601 in UTC with
milliseconds and `Z`, `content` and `note` HTML. A field is null only where the documentation says so; fields
that exist for somebody logged in only are absent for everybody else (`UNSET`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Entity(msgspec.Struct, kw_only=True):
    """The root of entities."""


class Empty(Entity):
    """`{}`: done, and nothing to tell."""


class CustomEmoji(Entity):
    """A picture that stands for `:shortcode:` in texts."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None = None


class Field(Entity):
    """A name and a value (HTML) on a profile."""

    name: str
    value: str
    verified_at: str | None = None


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
    attribution_domains: list[str] = []


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


class StatusMention(Entity):
    """Somebody named in a status."""

    id: str
    username: str
    acct: str
    url: str


class StatusTag(Entity):
    """A hashtag of a status."""

    name: str
    url: str


class StatusApplication(Entity):
    """What a status was written with."""

    name: str
    website: str | None


class MediaSize(Entity):
    """The size of one rendition, in pixels."""

    width: int
    height: int
    size: str
    aspect: float


class MediaFocus(Entity):
    """What a crop should keep in sight: -1 to 1, left to right and bottom to top."""

    x: float
    y: float


class MediaMeta(Entity):
    """Sizes and focus of a picture."""

    original: MediaSize | UnsetType = UNSET
    small: MediaSize | UnsetType = UNSET
    focus: MediaFocus | UnsetType = UNSET


class MediaAttachment(Entity):
    """A picture; `url` is null while it is being processed."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: MediaMeta
    description: str | None
    blurhash: str | None


class PollOption(Entity):
    """What can be voted for; `votes_count` is null where results are hidden until the end."""

    title: str
    votes_count: int | None


class Poll(Entity):
    """A poll of a status."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[CustomEmoji]
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


class FilterKeyword(Entity):
    """A word or phrase of a filter."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(Entity):
    """A status that a filter names."""

    id: str
    status_id: str


class Filter(Entity):
    """What one does not want to see (version 2)."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeyword] | UnsetType = UNSET
    statuses: list[FilterStatus] | UnsetType = UNSET


class FilterV1(Entity):
    """One keyword of a filter, as version 1 has it."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


class FilterResult(Entity):
    """Why a status is filtered."""

    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class Status(Entity):
    """A post, or a boost of one (then `reblog` is the boosted one)."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    language: str | None
    uri: str
    url: str | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    reblog: Status | None
    account: Account
    media_attachments: list[MediaAttachment]
    mentions: list[StatusMention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    card: None = None
    poll: Poll | None = None
    quote: Any = None
    application: StatusApplication | UnsetType | None = UNSET
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET
    text: str | UnsetType = UNSET


class StatusSource(Entity):
    """What an own status was written as, in plain text."""

    id: str
    text: str
    spoiler_text: str


class StatusEdit(Entity):
    """How a status looked at one version."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]
    poll: Any = None


class Context(Entity):
    """What a status answers and what answers it."""

    ancestors: list[Status]
    descendants: list[Status]


class Notification(Entity):
    """Something that happened to somebody (version 1)."""

    id: str
    type: str
    created_at: str
    group_key: str
    account: Account
    status: Status | UnsetType | None = UNSET


class Preferences(msgspec.Struct, kw_only=True):
    """The own defaults, under Mastodon's names for them."""

    visibility: str = msgspec.field(name="posting:default:visibility")
    sensitive: bool = msgspec.field(name="posting:default:sensitive")
    language: str | None = msgspec.field(name="posting:default:language")
    quote_policy: str = msgspec.field(name="posting:default:quote_policy", default="public")
    media: str = msgspec.field(name="reading:expand:media", default="default")
    spoilers: bool = msgspec.field(name="reading:expand:spoilers", default=False)
    autoplay: bool = msgspec.field(name="reading:autoplay:gifs", default=False)


class Marker(Entity):
    """How far somebody has read a timeline."""

    last_read_id: str
    version: int
    updated_at: str


class ListEntity(Entity):
    """A list of people."""

    id: str
    title: str
    replies_policy: str
    exclusive: bool


class TagHistory(Entity):
    """One day of a hashtag: `day` in Unix seconds at midnight UTC; all values as text."""

    day: str
    uses: str
    accounts: str


class Tag(Entity):
    """A hashtag."""

    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(Entity):
    """A hashtag on somebody's profile."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class Search(Entity):
    """What was found."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


class FamiliarFollowers(Entity):
    """Those whom one follows and who follow somebody."""

    id: str
    accounts: list[Account]


class Suggestion(Entity):
    """Somebody to follow."""

    source: str
    sources: list[str]
    account: Account


class Conversation(Entity):
    """Direct posts between the same people."""

    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


class ScheduledParams(Entity):
    """What a scheduled status will be made of."""

    text: str
    poll: Any
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: str
    in_reply_to_id: int | None
    language: str | None
    application_id: int
    scheduled_at: str | None
    idempotency: str | None
    with_rate_limit: bool


class ScheduledStatus(Entity):
    """A status to be published later."""

    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: list[MediaAttachment]


class Report(Entity):
    """A report to the moderators."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str] | None
    rule_ids: list[str] | None
    target_account: Account


class WebPushAlerts(Entity):
    """Which notifications are pushed."""

    mention: bool = False
    quote: bool = False
    status: bool = False
    reblog: bool = False
    follow: bool = False
    follow_request: bool = False
    favourite: bool = False
    poll: bool = False
    update: bool = False
    quoted_update: bool = False


class WebPushSubscription(Entity):
    """Where notifications are pushed to."""

    id: str
    endpoint: str
    standard: bool
    server_key: str
    policy: str
    alerts: WebPushAlerts


class Announcement(Entity):
    """What the operators tell everybody."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    mentions: list[StatusMention]
    statuses: list[Any]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reactions: list[Reaction]
    read: bool | UnsetType = UNSET


class Reaction(Entity):
    """An emoji under an announcement."""

    name: str
    count: int
    me: bool
