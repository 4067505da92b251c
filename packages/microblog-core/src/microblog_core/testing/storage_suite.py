"""The contract of storages as tests: subclass `StorageSuite`, give it your storage, and run pytest.

    class TestMyStorage(StorageSuite):
        @pytest.fixture
        async def storage(self):
            storage = MyStorage(...)   # a fresh, empty one
            await storage.open()
            yield storage
            await storage.close()

`StorageSuite` is the base that every storage must keep.
"""

from __future__ import annotations

from microblog_core.testing.storage.accounts import AccountTests, SessionTests
from microblog_core.testing.storage.announcements import AnnouncementTests
from microblog_core.testing.storage.applications import ApplicationTests
from microblog_core.testing.storage.archives import ArchiveTests
from microblog_core.testing.storage.campaigns import CampaignTests
from microblog_core.testing.storage.conversations import ConversationTests
from microblog_core.testing.storage.deliveries import DeliveryTests
from microblog_core.testing.storage.filters import FilterTests
from microblog_core.testing.storage.histories import HistoryTests
from microblog_core.testing.storage.housekeeping import HousekeepingTests, JobsPageTests
from microblog_core.testing.storage.leaving import LeavingTests
from microblog_core.testing.storage.list_tags import ListTagTests
from microblog_core.testing.storage.lists import ListTests
from microblog_core.testing.storage.marked_histories import MarkedHistoryTests
from microblog_core.testing.storage.marks import MarkTests, TagTests
from microblog_core.testing.storage.media import MediaTests
from microblog_core.testing.storage.members import MemberTests
from microblog_core.testing.storage.moderation import ModerationTests
from microblog_core.testing.storage.notifications import NotificationTests
from microblog_core.testing.storage.offers import OfferTests
from microblog_core.testing.storage.operating import OperatingTests
from microblog_core.testing.storage.paging import PagingTests
from microblog_core.testing.storage.payments import LedgerTests
from microblog_core.testing.storage.polls import PollTests, QuoteTests
from microblog_core.testing.storage.posts import PostTests
from microblog_core.testing.storage.push import PushTests
from microblog_core.testing.storage.queue import QueueTests
from microblog_core.testing.storage.quotes import QuotingTests
from microblog_core.testing.storage.relations import RelationTests
from microblog_core.testing.storage.replies import ReplyTests
from microblog_core.testing.storage.reports import ReportTests
from microblog_core.testing.storage.requests import PeopleTests, RequestTests
from microblog_core.testing.storage.scheduled import ScheduledTests
from microblog_core.testing.storage.search import SearchSuite, TrendSuite
from microblog_core.testing.storage.signing_up import SignUpTests
from microblog_core.testing.storage.site_texts import MediaUsageTests, SiteTextTests
from microblog_core.testing.storage.sql import SqlTests
from microblog_core.testing.storage.statistics import StatisticsSuite
from microblog_core.testing.storage.streaming import LivingTokenTests, SignalTests, StreamTests
from microblog_core.testing.storage.suggestions import SuggestionTests
from microblog_core.testing.storage.threads import ThreadTests
from microblog_core.testing.storage.timelines import TimelineTests
from microblog_core.testing.storage.undo import UndoTests
from microblog_core.testing.storage.units import SeveralClaimersTests, SmallStoreTests, UnitTests
from microblog_core.testing.storage.visibility import VisibilityTests
from microblog_core.testing.storage.webhooks import WebhookTests

__all__ = [
    "LedgerSuite",
    "QueueSuite",
    "SearchSuite",
    "SignalSuite",
    "SqlSuite",
    "StatisticsSuite",
    "StorageSuite",
    "TrendSuite",
]


class StorageSuite(
    AccountTests,
    SessionTests,
    ApplicationTests,
    PostTests,
    VisibilityTests,
    TimelineTests,
    ThreadTests,
    RelationTests,
    ListTests,
    ListTagTests,
    FilterTests,
    ReportTests,
    ModerationTests,
    AnnouncementTests,
    SiteTextTests,
    MediaUsageTests,
    PushTests,
    DeliveryTests,
    CampaignTests,
    ArchiveTests,
    SuggestionTests,
    NotificationTests,
    MediaTests,
    PagingTests,
    PollTests,
    QuoteTests,
    QuotingTests,
    ReplyTests,
    ScheduledTests,
    ConversationTests,
    QueueTests,
    JobsPageTests,
    HousekeepingTests,
    SignUpTests,
    LeavingTests,
    UndoTests,
    UnitTests,
    SmallStoreTests,
    HistoryTests,
    MarkTests,
    TagTests,
    RequestTests,
    PeopleTests,
    MarkedHistoryTests,
    StreamTests,
    LivingTokenTests,
    WebhookTests,
    OperatingTests,
):
    """What every storage must do."""


class LedgerSuite(LedgerTests, OfferTests, MemberTests):
    """What a storage with the capability `ledger` must do besides."""


class QueueSuite(SeveralClaimersTests):
    """What a storage with the capability `queue` must do besides. Give `other_storage` where there can be
    another.
    """


class SignalSuite(SignalTests):
    """What a storage with the capability `signals` must do besides. Give `other_storage`."""


class SqlSuite(SqlTests):
    """What a storage with the capability `sql` must do besides. Give `select`, and `bytes_type` where it
    isn't BLOB.
    """
