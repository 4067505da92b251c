"""The readers of a storage, the same for both databases. They share what they keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    AccountReader,
    MediaReader,
    NotificationReader,
    PostReader,
    RelationReader,
    SessionReader,
    TimelineReader,
)
from microblog_core.ports.streaming import StreamReader
from microblog_core.ports.suggestions import SuggestionReader
from microblog_core.ports.tables import SqlValue
from microblog_core.ports.undo import HiddenReader
from microblog_core.ports.webhooks import WebhookReader
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.queue import SqlQueue, Write
from microblog_plugins.sql.reads import misc
from microblog_plugins.sql.reads.accounts import Accounts, Sessions
from microblog_plugins.sql.reads.announcements import Announcements
from microblog_plugins.sql.reads.applications import Applications
from microblog_plugins.sql.reads.archives import Archives
from microblog_plugins.sql.reads.campaigns import Campaigns
from microblog_plugins.sql.reads.conversations import Conversations
from microblog_plugins.sql.reads.deliveries import Deliveries
from microblog_plugins.sql.reads.filters import Filters
from microblog_plugins.sql.reads.housekeeping import ExpiredReads
from microblog_plugins.sql.reads.leaving import Departures
from microblog_plugins.sql.reads.lists import Lists
from microblog_plugins.sql.reads.marks import Marks
from microblog_plugins.sql.reads.media import Media
from microblog_plugins.sql.reads.media_usage import MediaUsages
from microblog_plugins.sql.reads.moderation import Moderation
from microblog_plugins.sql.reads.notifications import Notifications
from microblog_plugins.sql.reads.operating import OperatingReads
from microblog_plugins.sql.reads.payments import Payments
from microblog_plugins.sql.reads.polls import Polls
from microblog_plugins.sql.reads.posts import Posts
from microblog_plugins.sql.reads.push import Push
from microblog_plugins.sql.reads.quotes import Quotes
from microblog_plugins.sql.reads.relations import Relations
from microblog_plugins.sql.reads.reports import Reports
from microblog_plugins.sql.reads.scheduled import Scheduled
from microblog_plugins.sql.reads.search import Search
from microblog_plugins.sql.reads.signing_up import SignUps
from microblog_plugins.sql.reads.site_texts import SiteTexts
from microblog_plugins.sql.reads.statistics import Statistics
from microblog_plugins.sql.reads.streaming import Streams
from microblog_plugins.sql.reads.suggestions import Suggestions
from microblog_plugins.sql.reads.tags import Tags
from microblog_plugins.sql.reads.timelines import Timelines
from microblog_plugins.sql.reads.trends import Trends
from microblog_plugins.sql.reads.undo import HiddenReads
from microblog_plugins.sql.reads.webhooks import Webhooks
from microblog_plugins.sql.steps import Run


class SqlReaders:
    """What a storage is asked by its readers' names."""

    def __init__(self, kept: Kept, read: Run, write: Write, aside: Run) -> None:
        """`read` and `write` run steps; `aside` runs what takes so long that others had better not wait."""
        self._selects = read
        self.accounts: AccountReader = Accounts(kept, read)
        self.sessions: SessionReader = Sessions(kept, read)
        self.applications: ApplicationReader = Applications(kept, read)
        self.relations: RelationReader = Relations(kept, read)
        self.posts: PostReader = Posts(kept, read)
        self.timelines: TimelineReader = Timelines(kept, read)
        self.lists: ListReader = Lists(kept, read)
        self.filters: FilterReader = Filters(kept, read)
        self.quotes: QuoteReader = Quotes(kept, read)
        self.deliveries: DeliveryReader = Deliveries(kept, read)
        self.suggestions: SuggestionReader = Suggestions(kept, read)
        self.push: PushReader = Push(kept, read)
        self.announcements: AnnouncementReader = Announcements(kept, read)
        self.reports: ReportReader = Reports(kept, read)
        self.moderation: ModerationReader = Moderation(kept, read)
        self.notifications: NotificationReader = Notifications(kept, read)
        self.media: MediaReader = Media(kept, read)
        self.marks: MarkReader = Marks(kept, read)
        self.tags: TagReader = Tags(kept, read)
        self.queue: Queue = SqlQueue(kept, read, write, aside)
        self.polls: PollReader = Polls(kept, read)
        self.scheduled: ScheduledReader = Scheduled(kept, read)
        self.conversations: ConversationReader = Conversations(kept, read)
        self.streams: StreamReader = Streams(kept, read)
        self.search: SearchReader = Search(kept, read)
        self.trends: TrendReader = Trends(kept, read)
        self.statistics: StatisticsReader = Statistics(kept, aside)
        self.webhooks: WebhookReader = Webhooks(kept, read)
        self.campaigns: CampaignReader = Campaigns(kept, read, aside)
        self.archives: ArchiveReader = Archives(kept, read)
        self.hidden: HiddenReader = HiddenReads(kept, read)
        self.sign_ups: SignUpReader = SignUps(kept, read)
        self.departures: DepartureReader = Departures(kept, read)
        self.expired: ExpiredReader = ExpiredReads(kept, read)
        self.site_texts: SiteTextReader = SiteTexts(kept, read)
        self.media_usage: MediaUsageReader = MediaUsages(kept, aside)
        self.operating: OperatingReader = OperatingReads(kept, read)
        self.payments: PaymentReader = Payments(kept, read, aside)

    async def select(self, statement: str, **parameters: SqlValue) -> Sequence[Sequence[Any]]:
        """The rows of a SELECT on a plugin's own tables. Raises `PluginError`, `Unavailable`."""
        return await self._selects(lambda: misc.select(statement, parameters))
