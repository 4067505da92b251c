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
from microblog_core.ports.operations.base import Operation, changed_keys
from microblog_core.ports.operations.media import (
    AddMedia,
    DeleteMedia,
    DescribeMedia,
    FinishMedia,
    SetPicture,
)
from microblog_core.ports.operations.outbox import (
    VALUE_BYTES,
    AddAudit,
    AddIdempotencyKey,
    AddJob,
    DeleteValue,
    Job,
    PutValue,
    RunSql,
)
from microblog_core.ports.operations.posts import (
    AddFavourite,
    AddPost,
    DeleteBoost,
    DeleteFavourite,
    DeletePost,
    EditPost,
)
from microblog_core.ports.operations.relations import (
    AddBlock,
    AddFollow,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteMute,
)
from microblog_core.ports.operations.timelines import (
    AddHomeRows,
    AddNotification,
    BackfillHome,
    DeleteNotifications,
    FanOut,
    MarkNotificationsRead,
)

__all__ = [
    "VALUE_BYTES",
    "AddAccount",
    "AddAudit",
    "AddBlock",
    "AddFavourite",
    "AddFollow",
    "AddHomeRows",
    "AddIdempotencyKey",
    "AddJob",
    "AddMedia",
    "AddMute",
    "AddNotification",
    "AddPost",
    "AddSession",
    "BackfillHome",
    "DeleteBlock",
    "DeleteBoost",
    "DeleteFavourite",
    "DeleteFollow",
    "DeleteMedia",
    "DeleteMute",
    "DeleteNotifications",
    "DeletePost",
    "DeleteSession",
    "DeleteSessions",
    "DeleteValue",
    "DescribeMedia",
    "EditPost",
    "FanOut",
    "FinishMedia",
    "Job",
    "MarkNotificationsRead",
    "Operation",
    "PutValue",
    "RunSql",
    "SetAccountState",
    "SetPicture",
    "UpdateLogin",
    "UpdateProfile",
    "changed_keys",
]
