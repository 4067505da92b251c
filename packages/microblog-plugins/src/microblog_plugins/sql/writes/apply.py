"""A unit of work as steps: every operation in its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microblog_core.domain.errors import PluginError
from microblog_core.ports import operations as ops
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes import accounts, home, media, others, posts, relations

Write = Callable[[Dialect, Any], Steps[None]]

WRITES: Mapping[type[ops.Operation], Write] = {
    ops.AddAccount: accounts.add_account,
    ops.UpdateProfile: accounts.update_profile,
    ops.SetAccountState: accounts.set_account_state,
    ops.UpdateLogin: accounts.update_login,
    ops.AddSession: accounts.add_session,
    ops.DeleteSession: accounts.delete_session,
    ops.DeleteSessions: accounts.delete_sessions,
    ops.AddPost: posts.add_post,
    ops.EditPost: posts.edit_post,
    ops.DeletePost: posts.delete_post,
    ops.DeleteBoost: posts.delete_boost,
    ops.AddFavourite: posts.add_favourite,
    ops.DeleteFavourite: posts.delete_favourite,
    ops.AddFollow: relations.add_follow,
    ops.DeleteFollow: relations.delete_follow,
    ops.AddBlock: relations.add_block,
    ops.DeleteBlock: relations.delete_block,
    ops.AddMute: relations.add_mute,
    ops.DeleteMute: relations.delete_mute,
    ops.FanOut: home.fan_out,
    ops.AddHomeRows: home.add_home_rows,
    ops.BackfillHome: home.backfill_home,
    ops.AddNotification: others.add_notification,
    ops.DeleteNotifications: others.delete_notifications,
    ops.MarkNotificationsRead: others.mark_notifications_read,
    ops.AddMedia: media.add_media,
    ops.FinishMedia: media.finish_media,
    ops.DescribeMedia: media.describe_media,
    ops.DeleteMedia: media.delete_media,
    ops.SetPicture: media.set_picture,
    ops.AddJob: others.add_job,
    ops.AddAudit: others.add_audit,
    ops.AddIdempotencyKey: others.add_idempotency_key,
    ops.PutValue: others.put_value,
    ops.DeleteValue: others.delete_value,
    ops.RunSql: others.run_sql,
}


def apply(dialect: Dialect, operations: Sequence[ops.Operation]) -> Steps[None]:
    """Apply all operations in order. Raises `Conflict`, `TooLarge`, `PluginError`."""
    for operation in operations:
        write = WRITES.get(type(operation))
        if write is None:
            raise PluginError(
                f"SQL storage can't apply {type(operation).__name__}.",
                hint=f"It needs a storage with the capability {operation.needs!r}.",
            )
        yield from write(dialect, operation)
