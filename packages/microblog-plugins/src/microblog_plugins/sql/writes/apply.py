"""A unit of work as steps: every operation in its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microblog_core.domain.errors import PluginError
from microblog_core.ports import operations as ops
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes import (
    accounts,
    announcements,
    applications,
    filters,
    home,
    lists,
    marks,
    media,
    others,
    posts,
    push,
    relations,
    reports,
    requests,
    suggestions,
)

Write = Callable[[Dialect, Any], Steps[None]]

WRITES: Mapping[type[ops.Operation], Write] = {
    ops.AddAccount: accounts.add_account,
    ops.UpdateProfile: accounts.update_profile,
    ops.SetAccountState: accounts.set_account_state,
    ops.UpdateLogin: accounts.update_login,
    ops.AddSession: accounts.add_session,
    ops.DeleteSession: accounts.delete_session,
    ops.DeleteSessions: accounts.delete_sessions,
    ops.AddApplication: applications.add_application,
    ops.SweepApplications: applications.sweep_applications,
    ops.AddCode: applications.add_code,
    ops.RedeemCode: applications.redeem_code,
    ops.AddToken: applications.add_token,
    ops.DeleteToken: applications.delete_token,
    ops.DeleteTokensOfCode: applications.delete_tokens_of_code,
    ops.DeleteTokens: applications.delete_tokens,
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
    ops.AddFollowRequest: requests.add_follow_request,
    ops.AcceptFollow: requests.accept_follow,
    ops.DeleteFollowRequest: requests.delete_follow_request,
    ops.UpdateFollow: requests.update_follow,
    ops.UpdateMute: requests.update_mute,
    ops.SetNote: requests.set_note,
    ops.AddBookmark: marks.add_bookmark,
    ops.DeleteBookmark: marks.delete_bookmark,
    ops.AddPin: marks.add_pin,
    ops.DeletePin: marks.delete_pin,
    ops.AddThreadMute: marks.add_thread_mute,
    ops.DeleteThreadMute: marks.delete_thread_mute,
    ops.SetMarkers: marks.set_markers,
    ops.AddTagFollow: marks.add_tag_follow,
    ops.DeleteTagFollow: marks.delete_tag_follow,
    ops.AddFeaturedTag: marks.add_featured_tag,
    ops.DeleteFeaturedTag: marks.delete_featured_tag,
    ops.DismissNotification: marks.dismiss_notification,
    ops.ClearNotifications: marks.clear_notifications,
    ops.AddList: lists.add_list,
    ops.UpdateList: lists.update_list,
    ops.DeleteList: lists.delete_list,
    ops.AddListMembers: lists.add_list_members,
    ops.DeleteListMembers: lists.delete_list_members,
    ops.AddReport: reports.add_report,
    ops.SetReportState: reports.set_report_state,
    ops.AssignReport: reports.assign_report,
    ops.AddAnnouncement: announcements.add_announcement,
    ops.UpdateAnnouncement: announcements.update_announcement,
    ops.DeleteAnnouncement: announcements.delete_announcement,
    ops.MarkAnnouncementRead: announcements.mark_announcement_read,
    ops.AddAnnouncementReaction: announcements.add_announcement_reaction,
    ops.DeleteAnnouncementReaction: announcements.delete_announcement_reaction,
    ops.PutEmoji: announcements.put_emoji,
    ops.DeleteEmoji: announcements.delete_emoji,
    ops.PutPushSubscription: push.put_push_subscription,
    ops.UpdatePushSubscription: push.update_push_subscription,
    ops.DeletePushSubscription: push.delete_push_subscription,
    ops.DismissSuggestion: suggestions.dismiss_suggestion,
    ops.AddFilter: filters.add_filter,
    ops.UpdateFilter: filters.update_filter,
    ops.DeleteFilter: filters.delete_filter,
    ops.AddFilterStatus: filters.add_filter_status,
    ops.DeleteFilterStatus: filters.delete_filter_status,
    ops.FanOut: home.fan_out,
    ops.AddHomeRows: home.add_home_rows,
    ops.BackfillHome: home.backfill_home,
    ops.AddNotification: others.add_notification,
    ops.DeleteNotifications: others.delete_notifications,
    ops.MarkNotificationsRead: marks.mark_notifications_read,
    ops.AddMedia: media.add_media,
    ops.FinishMedia: media.finish_media,
    ops.DescribeMedia: media.describe_media,
    ops.DeleteMedia: media.delete_media,
    ops.SetPicture: media.set_picture,
    ops.AddJob: others.add_job,
    ops.AddJobForNotified: others.add_job_for_notified,
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
