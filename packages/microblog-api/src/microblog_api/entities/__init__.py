"""What the API answers with: Mastodon's entities as structs, field by field as its documentation has them.

Source: https://docs.joinmastodon.org/entities/. Ids are decimal strings, moments ISO 8601 in UTC with
milliseconds and `Z`, `content` and `note` HTML. A field is null only where the documentation says so; fields
that exist for somebody logged in only are absent for everybody else (`UNSET`).
"""

from __future__ import annotations

from microblog_api.entities.accounts import (
    Account,
    AccountRole,
    CredentialAccount,
    FamiliarFollowers,
    MutedAccount,
    Preferences,
    Relationship,
    Role,
    Source,
    Suggestion,
)
from microblog_api.entities.base import CustomEmoji, Empty, Entity, Field
from microblog_api.entities.filters import Filter, FilterKeyword, FilterResult, FilterStatus, FilterV1
from microblog_api.entities.media import MediaAttachment, MediaFocus, MediaMeta, MediaSize
from microblog_api.entities.others import (
    Announcement,
    Conversation,
    FeaturedTag,
    ListEntity,
    Marker,
    Notification,
    Reaction,
    Report,
    Rule,
    Search,
    Tag,
    TagHistory,
    WebPushAlerts,
    WebPushSubscription,
)
from microblog_api.entities.statuses import (
    Context,
    Poll,
    PollOption,
    Quote,
    ScheduledParams,
    ScheduledStatus,
    Status,
    StatusApplication,
    StatusEdit,
    StatusMention,
    StatusSource,
    StatusTag,
)

__all__ = [
    "Account",
    "AccountRole",
    "Announcement",
    "Context",
    "Conversation",
    "CredentialAccount",
    "CustomEmoji",
    "Empty",
    "Entity",
    "FamiliarFollowers",
    "FeaturedTag",
    "Field",
    "Filter",
    "FilterKeyword",
    "FilterResult",
    "FilterStatus",
    "FilterV1",
    "ListEntity",
    "Marker",
    "MediaAttachment",
    "MediaFocus",
    "MediaMeta",
    "MediaSize",
    "MutedAccount",
    "Notification",
    "Poll",
    "PollOption",
    "Preferences",
    "Quote",
    "Reaction",
    "Relationship",
    "Report",
    "Role",
    "Rule",
    "ScheduledParams",
    "ScheduledStatus",
    "Search",
    "Source",
    "Status",
    "StatusApplication",
    "StatusEdit",
    "StatusMention",
    "StatusSource",
    "StatusTag",
    "Suggestion",
    "Tag",
    "TagHistory",
    "WebPushAlerts",
    "WebPushSubscription",
]
