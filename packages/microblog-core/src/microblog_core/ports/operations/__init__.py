"""What a unit of work may write. Operations are values: a unit collects them, a storage applies them in one
transaction.

Guards: an operation that finds something else stored than it says raises `Conflict` with the guard's name,
and nothing of the unit is written. A storage keeps counts right by itself: `posts_count`, `followers_count`,
`following_count`, `replies_count`, `boosts_count`, `favourites_count` change in the same transaction.

An operation on something that is gone does nothing, unless its docstring names the guard `exists`.
"""

from __future__ import annotations

from microblog_core.ports.operations.accounts import (
    AddAccount,
    AddSession,
    DeleteSession,
    DeleteSessions,
    SetAccountState,
    UpdateLogin,
    UpdateProfile,
)
from microblog_core.ports.operations.announcements import (
    AddAnnouncement,
    AddAnnouncementReaction,
    DeleteAnnouncement,
    DeleteAnnouncementReaction,
    DeleteEmoji,
    MarkAnnouncementRead,
    PutEmoji,
    UpdateAnnouncement,
)
from microblog_core.ports.operations.applications import (
    AddApplication,
    AddCode,
    AddToken,
    DeleteToken,
    DeleteTokens,
    DeleteTokensOfCode,
    RedeemCode,
    SweepApplications,
)
from microblog_core.ports.operations.base import (
    Operation,
    changed_keys,
)
from microblog_core.ports.operations.campaigns import (
    AbandonRecipients,
    AddCampaign,
    DeleteCampaign,
    PutNewsRefusal,
    RecordRecipients,
    ReleaseRecipients,
    TakeRecipients,
    Turn,
    UpdateCampaign,
)
from microblog_core.ports.operations.conversations import (
    DeleteConversation,
    FileDirect,
    MarkConversation,
)
from microblog_core.ports.operations.deliveries import (
    AddDelivery,
    ConfirmEmail,
    PutDeliveryPreferences,
    TakeDeliveries,
)
from microblog_core.ports.operations.filters import (
    AddFilter,
    AddFilterStatus,
    DeleteFilter,
    DeleteFilterStatus,
    UpdateFilter,
)
from microblog_core.ports.operations.housekeeping import (
    AddJobTallies,
    DiscardJobs,
    RemoveExpired,
    ReviveJobs,
)
from microblog_core.ports.operations.lists import (
    AddList,
    AddListMembers,
    DeleteList,
    DeleteListMembers,
    UpdateList,
)
from microblog_core.ports.operations.marks import (
    AddBookmark,
    AddFeaturedTag,
    AddPin,
    AddTagFollow,
    AddThreadMute,
    ClearNotifications,
    DeleteBookmark,
    DeleteFeaturedTag,
    DeletePin,
    DeleteTagFollow,
    DeleteThreadMute,
    DismissNotification,
    DismissNotifications,
    SetMarkers,
)
from microblog_core.ports.operations.media import (
    AddMedia,
    DeleteMedia,
    DescribeMedia,
    FinishMedia,
    SetPicture,
    SetPreview,
)
from microblog_core.ports.operations.outbox import (
    VALUE_BYTES,
    AddAudit,
    AddIdempotencyKey,
    AddJob,
    AddValue,
    DeleteValue,
    EndJob,
    Job,
    PutValue,
    RunSql,
)
from microblog_core.ports.operations.polls import (
    AddVote,
    PutPoll,
)
from microblog_core.ports.operations.posts import (
    AddFavourite,
    AddPost,
    DeleteBoost,
    DeleteFavourite,
    DeletePost,
    EditPost,
)
from microblog_core.ports.operations.push import (
    DeletePushSubscription,
    PutPushSubscription,
    UpdatePushSubscription,
)
from microblog_core.ports.operations.quotes import RevokeQuote, SetQuotePolicy
from microblog_core.ports.operations.relations import (
    AddBlock,
    AddFollow,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteMute,
)
from microblog_core.ports.operations.reports import (
    AddReport,
    AssignReport,
    SetReportState,
)
from microblog_core.ports.operations.requests import (
    AcceptFollow,
    AddFollowRequest,
    AddJobForNotified,
    DeleteFollowRequest,
    SetNote,
    UpdateFollow,
    UpdateMute,
)
from microblog_core.ports.operations.scheduled import (
    AddScheduledPost,
    DeleteScheduledPost,
    FailScheduledPost,
    MoveScheduledPost,
)
from microblog_core.ports.operations.search import (
    PruneTrends,
)
from microblog_core.ports.operations.signals import (
    Signal,
)
from microblog_core.ports.operations.site_texts import PutSiteText
from microblog_core.ports.operations.statistics import (
    PrunePeople,
    PutDay,
    PutWindows,
)
from microblog_core.ports.operations.suggestions import (
    DismissSuggestion,
)
from microblog_core.ports.operations.timelines import (
    AddHomeRows,
    AddNotification,
    BackfillHome,
    DeleteNotifications,
    FanOut,
    MarkNotificationsRead,
)
from microblog_core.ports.operations.undo import (
    HidePost,
    RestorePost,
)
from microblog_core.ports.operations.webhooks import (
    AddWebhook,
    DeleteWebhook,
    RecordWebhook,
    RotateWebhook,
    SetWebhookState,
)

__all__ = [
    "VALUE_BYTES",
    "AbandonRecipients",
    "AcceptFollow",
    "AddAccount",
    "AddAnnouncement",
    "AddAnnouncementReaction",
    "AddApplication",
    "AddAudit",
    "AddBlock",
    "AddBookmark",
    "AddCampaign",
    "AddCode",
    "AddDelivery",
    "AddFavourite",
    "AddFeaturedTag",
    "AddFilter",
    "AddFilterStatus",
    "AddFollow",
    "AddFollowRequest",
    "AddHomeRows",
    "AddIdempotencyKey",
    "AddJob",
    "AddJobForNotified",
    "AddJobTallies",
    "AddList",
    "AddListMembers",
    "AddMedia",
    "AddMute",
    "AddNotification",
    "AddPin",
    "AddPost",
    "AddReport",
    "AddScheduledPost",
    "AddSession",
    "AddTagFollow",
    "AddThreadMute",
    "AddToken",
    "AddValue",
    "AddVote",
    "AddWebhook",
    "AssignReport",
    "BackfillHome",
    "ClearNotifications",
    "ConfirmEmail",
    "DeleteAnnouncement",
    "DeleteAnnouncementReaction",
    "DeleteBlock",
    "DeleteBookmark",
    "DeleteBoost",
    "DeleteCampaign",
    "DeleteConversation",
    "DeleteEmoji",
    "DeleteFavourite",
    "DeleteFeaturedTag",
    "DeleteFilter",
    "DeleteFilterStatus",
    "DeleteFollow",
    "DeleteFollowRequest",
    "DeleteList",
    "DeleteListMembers",
    "DeleteMedia",
    "DeleteMute",
    "DeleteNotifications",
    "DeletePin",
    "DeletePost",
    "DeletePushSubscription",
    "DeleteScheduledPost",
    "DeleteSession",
    "DeleteSessions",
    "DeleteTagFollow",
    "DeleteThreadMute",
    "DeleteToken",
    "DeleteTokens",
    "DeleteTokensOfCode",
    "DeleteValue",
    "DeleteWebhook",
    "DescribeMedia",
    "DiscardJobs",
    "DismissNotification",
    "DismissNotifications",
    "DismissSuggestion",
    "EditPost",
    "EndJob",
    "FailScheduledPost",
    "FanOut",
    "FileDirect",
    "FinishMedia",
    "HidePost",
    "Job",
    "MarkAnnouncementRead",
    "MarkConversation",
    "MarkNotificationsRead",
    "MoveScheduledPost",
    "Operation",
    "PrunePeople",
    "PruneTrends",
    "PutDay",
    "PutDeliveryPreferences",
    "PutEmoji",
    "PutNewsRefusal",
    "PutPoll",
    "PutPushSubscription",
    "PutSiteText",
    "PutValue",
    "PutWindows",
    "RecordRecipients",
    "RecordWebhook",
    "RedeemCode",
    "ReleaseRecipients",
    "RemoveExpired",
    "RestorePost",
    "ReviveJobs",
    "RevokeQuote",
    "RotateWebhook",
    "RunSql",
    "SetAccountState",
    "SetMarkers",
    "SetNote",
    "SetPicture",
    "SetPreview",
    "SetQuotePolicy",
    "SetReportState",
    "SetWebhookState",
    "Signal",
    "SweepApplications",
    "TakeDeliveries",
    "TakeRecipients",
    "Turn",
    "UpdateAnnouncement",
    "UpdateCampaign",
    "UpdateFilter",
    "UpdateFollow",
    "UpdateList",
    "UpdateLogin",
    "UpdateMute",
    "UpdateProfile",
    "UpdatePushSubscription",
    "changed_keys",
]
