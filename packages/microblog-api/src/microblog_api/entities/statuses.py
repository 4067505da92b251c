"""Statuses, with all that hangs on them."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from microblog_api.entities.accounts import Account
from microblog_api.entities.base import CustomEmoji, Entity
from microblog_api.entities.cards import PreviewCard
from microblog_api.entities.filters import FilterResult
from microblog_api.entities.media import MediaAttachment


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


class Quote(Entity):
    """A status that is quoted; without one, `state` says why."""

    state: str
    quoted_status: Status | None


class QuoteApproval(Entity):
    """Who may quote a status, by itself or when its author agrees, and whether the viewer may."""

    automatic: list[str]
    manual: list[str]
    current_user: str


class ReplyApproval(Entity):
    """Who may reply to a status (`followers`, `followed`: whom its author follows, `mentioned`, `nobody`),
    and whether the viewer may: `automatic`, `denied`, or `unknown` without a viewer. Not in Mastodon; absent
    where everybody may.
    """

    policy: str
    current_user: str


class ForMembers(Entity):
    """What a status has to do with members of its author, in a place that other clients don't look at:
    `members_only` is `private` to those who don't know of members; `teaser_for_members` is an ordinary status
    that a status for members answers.
    """

    members_only: bool
    teaser_for_members: bool


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
    card: PreviewCard | None = None
    poll: Poll | None = None
    quote: Quote | None = None
    quote_approval: QuoteApproval | UnsetType = UNSET
    reply_approval: ReplyApproval | UnsetType = UNSET
    application: StatusApplication | UnsetType | None = UNSET
    x_microblog: ForMembers | UnsetType = UNSET
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
