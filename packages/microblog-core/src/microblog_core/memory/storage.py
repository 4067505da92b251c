"""The storage in memory: the reference of `ports.storage.Storage`, simple before fast.

Everything lives in one process and ends with it. A commit runs without a pause, so nobody sees half of it;
what a failed one wrote is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microblog_core.domain.accounts import LOCAL, AccountState
from microblog_core.domain.errors import PluginError
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory import (
    account_writes,
    announcements,
    applications,
    archives,
    campaigns,
    conversation_writes,
    conversations,
    deliveries,
    filters,
    housekeeping,
    leaving,
    list_tags,
    lists,
    mark_writes,
    media,
    media_usage,
    moderation,
    other_writes,
    payment_writes,
    payments,
    poll_writes,
    polls,
    post_writes,
    push,
    quotes,
    relation_writes,
    replies,
    reports,
    scheduled,
    search,
    signing_up,
    site_texts,
    statistics,
    statistics_writes,
    streaming,
    suggestions,
    undo,
    webhooks,
)
from microblog_core.memory.account_reads import AccountReads, RelationReads, SessionReads
from microblog_core.memory.applications import ApplicationReads
from microblog_core.memory.mark_reads import MarkReads, TagReads
from microblog_core.memory.operating import OperatingReads
from microblog_core.memory.paging import cut
from microblog_core.memory.post_reads import NotificationReads, PostReads, TimelineReads
from microblog_core.memory.queue import MemoryQueue
from microblog_core.memory.tables import Tables
from microblog_core.ports import operations as ops
from microblog_core.ports.announcements import AnnouncementReader
from microblog_core.ports.applications import ApplicationReader
from microblog_core.ports.archives import ArchiveReader
from microblog_core.ports.campaigns import CampaignReader
from microblog_core.ports.conversations import ConversationReader
from microblog_core.ports.deliveries import DeliveryReader
from microblog_core.ports.filters import FilterReader
from microblog_core.ports.housekeeping import ExpiredReader
from microblog_core.ports.leaving import DepartureReader
from microblog_core.ports.lists import ListReader
from microblog_core.ports.marks import MarkReader, TagReader
from microblog_core.ports.media_usage import MediaUsageReader
from microblog_core.ports.moderation import ModerationReader
from microblog_core.ports.operating import OperatingReader
from microblog_core.ports.payments import PaymentReader
from microblog_core.ports.polls import PollReader
from microblog_core.ports.push import PushReader
from microblog_core.ports.queue import Queue
from microblog_core.ports.quotes import QuoteReader
from microblog_core.ports.reports import ReportReader
from microblog_core.ports.scheduled import ScheduledReader
from microblog_core.ports.search import SearchReader, TrendReader
from microblog_core.ports.signing_up import SignUpReader
from microblog_core.ports.site_texts import SiteTextReader
from microblog_core.ports.statistics import StatisticsReader
from microblog_core.ports.storage import (
    LEDGER,
    QUEUE,
    SEARCH,
    STATISTICS,
    TRENDS,
    AccountReader,
    Audit,
    MediaReader,
    NotificationReader,
    PostReader,
    RelationReader,
    SessionReader,
    SiteCounts,
    TimelineReader,
)
from microblog_core.ports.streaming import StreamReader
from microblog_core.ports.suggestions import SuggestionReader
from microblog_core.ports.undo import HiddenReader
from microblog_core.ports.webhooks import WebhookReader

_WRITES: Mapping[type[ops.Operation], Callable[[Tables, Any], None]] = {
    ops.AddAccount: account_writes.add_account,
    ops.UpdateProfile: account_writes.update_profile,
    ops.SetAccountState: account_writes.set_account_state,
    ops.UpdateLogin: account_writes.update_login,
    ops.AddSession: account_writes.add_session,
    ops.DeleteSession: account_writes.delete_session,
    ops.DeleteSessions: account_writes.delete_sessions,
    ops.AddApplication: applications.add_application,
    ops.SweepApplications: applications.sweep_applications,
    ops.AddCode: applications.add_code,
    ops.RedeemCode: applications.redeem_code,
    ops.AddToken: applications.add_token,
    ops.DeleteToken: applications.delete_token,
    ops.DeleteTokensOfCode: applications.delete_tokens_of_code,
    ops.DeleteTokens: applications.delete_tokens,
    ops.AddPost: post_writes.add_post,
    ops.EditPost: post_writes.edit_post,
    ops.DeletePost: post_writes.delete_post,
    ops.DeleteBoost: post_writes.delete_boost,
    ops.AddFavourite: post_writes.add_favourite,
    ops.DeleteFavourite: post_writes.delete_favourite,
    ops.FanOut: post_writes.fan_out,
    ops.AddHomeRows: post_writes.add_home_rows,
    ops.BackfillHome: post_writes.backfill_home,
    ops.AddFollow: relation_writes.add_follow,
    ops.DeleteFollow: relation_writes.delete_follow,
    ops.AddBlock: relation_writes.add_block,
    ops.DeleteBlock: relation_writes.delete_block,
    ops.AddMute: relation_writes.add_mute,
    ops.DeleteMute: relation_writes.delete_mute,
    ops.AddFollowRequest: relation_writes.add_follow_request,
    ops.AcceptFollow: relation_writes.accept_follow,
    ops.DeleteFollowRequest: relation_writes.delete_follow_request,
    ops.UpdateFollow: relation_writes.update_follow,
    ops.UpdateMute: relation_writes.update_mute,
    ops.SetNote: relation_writes.set_note,
    ops.AddBookmark: mark_writes.add_bookmark,
    ops.DeleteBookmark: mark_writes.delete_bookmark,
    ops.AddPin: mark_writes.add_pin,
    ops.DeletePin: mark_writes.delete_pin,
    ops.AddThreadMute: mark_writes.add_thread_mute,
    ops.DeleteThreadMute: mark_writes.delete_thread_mute,
    ops.SetMarkers: mark_writes.set_markers,
    ops.AddTagFollow: mark_writes.add_tag_follow,
    ops.DeleteTagFollow: mark_writes.delete_tag_follow,
    ops.AddFeaturedTag: mark_writes.add_featured_tag,
    ops.DeleteFeaturedTag: mark_writes.delete_featured_tag,
    ops.DismissNotification: mark_writes.dismiss_notification,
    ops.DismissNotifications: mark_writes.dismiss_notifications,
    ops.ClearNotifications: mark_writes.clear_notifications,
    ops.AddList: lists.add_list,
    ops.UpdateList: lists.update_list,
    ops.DeleteList: lists.delete_list,
    ops.AddListTag: list_tags.add_list_tag,
    ops.DeleteListTag: list_tags.delete_list_tag,
    ops.AddListMembers: lists.add_list_members,
    ops.DeleteListMembers: lists.delete_list_members,
    ops.AddReport: reports.add_report,
    ops.SetReportState: reports.set_report_state,
    ops.AssignReport: reports.assign_report,
    ops.AddReportNote: moderation.add_report_note,
    ops.AddStrike: moderation.add_strike,
    ops.OverruleStrike: moderation.overrule_strike,
    ops.AppealStrike: moderation.appeal_strike,
    ops.RejectAppeal: moderation.reject_appeal,
    ops.AddAnnouncement: announcements.add_announcement,
    ops.UpdateAnnouncement: announcements.update_announcement,
    ops.DeleteAnnouncement: announcements.delete_announcement,
    ops.MarkAnnouncementRead: announcements.mark_announcement_read,
    ops.AddAnnouncementReaction: announcements.add_announcement_reaction,
    ops.DeleteAnnouncementReaction: announcements.delete_announcement_reaction,
    ops.PutEmoji: announcements.put_emoji,
    ops.DeleteEmoji: announcements.delete_emoji,
    ops.PutSiteText: site_texts.put_site_text,
    ops.PutPushSubscription: push.put_push_subscription,
    ops.UpdatePushSubscription: push.update_push_subscription,
    ops.DeletePushSubscription: push.delete_push_subscription,
    ops.PutDeliveryPreferences: deliveries.put_delivery_preferences,
    ops.AddDelivery: deliveries.add_delivery,
    ops.TakeDeliveries: deliveries.take_deliveries,
    ops.ConfirmEmail: deliveries.confirm_email,
    ops.AddWebhook: webhooks.add_webhook,
    ops.SetWebhookState: webhooks.set_webhook_state,
    ops.RotateWebhook: webhooks.rotate_webhook,
    ops.DeleteWebhook: webhooks.delete_webhook,
    ops.RecordWebhook: webhooks.record_webhook,
    ops.AddCampaign: campaigns.add_campaign,
    ops.UpdateCampaign: campaigns.update_campaign,
    ops.DeleteCampaign: campaigns.delete_campaign,
    ops.TakeRecipients: campaigns.take_recipients,
    ops.RecordRecipients: campaigns.record_recipients,
    ops.AbandonRecipients: campaigns.abandon_recipients,
    ops.ReleaseRecipients: campaigns.release_recipients,
    ops.PutNewsRefusal: campaigns.put_news_refusal,
    ops.AddExport: archives.add_export,
    ops.FinishExport: archives.finish_export,
    ops.DeleteExport: archives.delete_export,
    ops.AddImport: archives.add_import,
    ops.BeginImport: archives.begin_import,
    ops.AdvanceImport: archives.advance_import,
    ops.EndImport: archives.end_import,
    ops.DeleteImport: archives.delete_import,
    ops.AddImported: archives.add_imported,
    ops.SetPollCounts: archives.set_poll_counts,
    ops.DismissSuggestion: suggestions.dismiss_suggestion,
    ops.AddFilter: filters.add_filter,
    ops.UpdateFilter: filters.update_filter,
    ops.DeleteFilter: filters.delete_filter,
    ops.AddFilterStatus: filters.add_filter_status,
    ops.DeleteFilterStatus: filters.delete_filter_status,
    ops.AddNotification: other_writes.add_notification,
    ops.DeleteNotifications: other_writes.delete_notifications,
    ops.MarkNotificationsRead: mark_writes.mark_notifications_read,
    ops.AddMedia: media.add_media,
    ops.FinishMedia: media.finish_media,
    ops.DescribeMedia: media.describe_media,
    ops.SetPreview: media.set_preview,
    ops.DeleteMedia: media.delete_media,
    ops.SetPicture: media.set_picture,
    ops.AddJob: other_writes.add_job,
    ops.AddJobForNotified: other_writes.add_job_for_notified,
    ops.EndJob: other_writes.end_job,
    ops.AddAudit: other_writes.add_audit,
    ops.AddIdempotencyKey: other_writes.add_idempotency_key,
    ops.AddValue: other_writes.add_value,
    ops.PutValue: other_writes.put_value,
    ops.DeleteValue: other_writes.delete_value,
    ops.PutPoll: poll_writes.put_poll,
    ops.AddVote: poll_writes.add_vote,
    ops.RevokeQuote: quotes.revoke_quote,
    ops.SetQuotePolicy: quotes.set_quote_policy,
    ops.SetReplyPolicy: replies.set_reply_policy,
    ops.AddSignUp: signing_up.add_sign_up,
    ops.UseInvitation: signing_up.use_invitation,
    ops.AddInvitation: signing_up.add_invitation,
    ops.RevokeInvitation: signing_up.revoke_invitation,
    ops.RejectSignUp: signing_up.reject_sign_up,
    ops.AddMailBlock: signing_up.add_mail_block,
    ops.DeleteMailBlock: signing_up.delete_mail_block,
    ops.AddDeparture: leaving.add_departure,
    ops.EndDeparture: leaving.end_departure,
    ops.EraseAccount: leaving.erase_account,
    ops.FinishDeparture: leaving.finish_departure,
    ops.HidePost: undo.hide_post,
    ops.RestorePost: undo.restore_post,
    ops.RemoveExpired: housekeeping.remove_expired,
    ops.ReviveJobs: housekeeping.revive_jobs,
    ops.DiscardJobs: housekeeping.discard_jobs,
    ops.AddJobTallies: housekeeping.add_job_tallies,
    ops.AddScheduledPost: scheduled.add_scheduled_post,
    ops.MoveScheduledPost: scheduled.move_scheduled_post,
    ops.FailScheduledPost: scheduled.fail_scheduled_post,
    ops.DeleteScheduledPost: scheduled.delete_scheduled_post,
    ops.FileDirect: conversation_writes.file_direct,
    ops.MarkConversation: conversation_writes.mark_conversation,
    ops.DeleteConversation: conversation_writes.delete_conversation,
    ops.PruneTrends: search.prune_trends,
    ops.PutDay: statistics_writes.put_day,
    ops.PutWindows: statistics_writes.put_windows,
    ops.PrunePeople: statistics_writes.prune_people,
    **payment_writes.WRITES,
}


class MemoryStorage:
    """A `ports.storage.Storage` without SQL, for one event loop."""

    capabilities: frozenset[str] = frozenset({QUEUE, SEARCH, TRENDS, STATISTICS, LEDGER})
    coherent: bool = True

    def __init__(self) -> None:
        self._tables = Tables()
        self.accounts: AccountReader = AccountReads(self._tables)
        self.sessions: SessionReader = SessionReads(self._tables)
        self.applications: ApplicationReader = ApplicationReads(self._tables)
        self.relations: RelationReader = RelationReads(self._tables)
        self.posts: PostReader = PostReads(self._tables)
        self.timelines: TimelineReader = TimelineReads(self._tables)
        self.lists: ListReader = lists.ListReads(self._tables)
        self.reports: ReportReader = reports.ReportReads(self._tables)
        self.moderation: ModerationReader = moderation.ModerationReads(self._tables)
        self.announcements: AnnouncementReader = announcements.AnnouncementReads(self._tables)
        self.push: PushReader = push.PushReads(self._tables)
        self.deliveries: DeliveryReader = deliveries.DeliveryReads(self._tables)
        self.webhooks: WebhookReader = webhooks.WebhookReads(self._tables)
        self.campaigns: CampaignReader = campaigns.CampaignReads(self._tables)
        self.archives: ArchiveReader = archives.ArchiveReads(self._tables)
        self.suggestions: SuggestionReader = suggestions.SuggestionReads(self._tables)
        self.filters: FilterReader = filters.FilterReads(self._tables)
        self.notifications: NotificationReader = NotificationReads(self._tables)
        self.media: MediaReader = media.MediaReads(self._tables)
        self.media_usage: MediaUsageReader = media_usage.MediaUsageReads(self._tables)
        self.site_texts: SiteTextReader = site_texts.SiteTextReads(self._tables)
        self.marks: MarkReader = MarkReads(self._tables)
        self.tags: TagReader = TagReads(self._tables)
        self.queue: Queue = MemoryQueue(self._tables)
        self.polls: PollReader = polls.PollReads(self._tables)
        self.quotes: QuoteReader = quotes.QuoteReads(self._tables)
        self.scheduled: ScheduledReader = scheduled.ScheduledReads(self._tables)
        self.conversations: ConversationReader = conversations.ConversationReads(self._tables)
        self.streams: StreamReader = streaming.StreamReads(self._tables)
        self.hidden: HiddenReader = undo.HiddenReads(self._tables)
        self.sign_ups: SignUpReader = signing_up.SignUpReads(self._tables)
        self.departures: DepartureReader = leaving.DepartureReads(self._tables)
        self.expired: ExpiredReader = housekeeping.ExpiredReads(self._tables)
        self.operating: OperatingReader = OperatingReads(self._tables)
        self.search: SearchReader = search.SearchReads(self._tables)
        self.trends: TrendReader = search.TrendReads(self._tables)
        self.statistics: StatisticsReader = statistics.StatisticsReads(self._tables)
        self.payments: PaymentReader = payments.PaymentReads(self._tables)

    async def open(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to disconnect from; the data stays until the object goes."""

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        """Apply all operations, or none."""
        try:
            for operation in operations:
                write = _WRITES.get(type(operation))
                if write is None:
                    raise PluginError(
                        f"The storage in memory can't apply {type(operation).__name__}.",
                        hint=f"It needs a storage with the capability {operation.needs!r}.",
                    )
                write(self._tables, operation)
        except BaseException:
            self._tables.roll_back()
            raise
        self._tables.keep()

    def stale_keys(self) -> frozenset[str] | None:
        """Nobody else writes."""
        return frozenset()

    async def value(self, plugin: str, key: str) -> bytes | None:
        """One of a plugin's stored values."""
        return self._tables.values.get((plugin, key))

    async def values(self, plugin: str, prefix: str = "") -> Mapping[str, bytes]:
        """A plugin's values by key."""
        return {
            key: value
            for (owner, key), value in self._tables.values.rows.items()
            if owner == plugin and key.startswith(prefix)
        }

    async def idempotent_result(self, account_id: int, key: str, since: int) -> int | None:
        """What the first request with this key made, if it came after `since`."""
        used = self._tables.used_keys.get((account_id, key))
        return used.result_id if used is not None and used.created_at > since else None

    async def audit(self, page: Page) -> Listing[Audit]:
        """The audit log, newest first."""
        return cut(self._tables.audit.rows.values(), page, lambda line: line.id)

    async def counts(self) -> SiteCounts:
        """How much there is."""
        people = [
            account
            for account in self._tables.accounts.rows.values()
            if account.domain == LOCAL and account.state not in (AccountState.DELETED, AccountState.PENDING)
        ]
        dead = sum(1 for job in self._tables.jobs.rows.values() if job.state == "dead")
        return SiteCounts(
            accounts=len(people), posts=sum(account.posts_count for account in people), dead_jobs=dead
        )

    async def ping(self) -> None:
        """It is always there."""
