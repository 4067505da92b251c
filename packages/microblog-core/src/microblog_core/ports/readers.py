"""Readers of features that stand beside accounts and posts; each one's contract is in a file of its own."""

from __future__ import annotations

from typing import Protocol

from microblog_core.ports.announcements import AnnouncementReader
from microblog_core.ports.archives import ArchiveReader
from microblog_core.ports.campaigns import CampaignReader
from microblog_core.ports.conversations import ConversationReader
from microblog_core.ports.deliveries import DeliveryReader
from microblog_core.ports.filters import FilterReader
from microblog_core.ports.housekeeping import ExpiredReader
from microblog_core.ports.leaving import DepartureReader
from microblog_core.ports.lists import ListReader
from microblog_core.ports.media_usage import MediaUsageReader
from microblog_core.ports.moderation import ModerationReader
from microblog_core.ports.operating import OperatingReader
from microblog_core.ports.polls import PollReader
from microblog_core.ports.push import PushReader
from microblog_core.ports.quotes import QuoteReader
from microblog_core.ports.reports import ReportReader
from microblog_core.ports.scheduled import ScheduledReader
from microblog_core.ports.signing_up import SignUpReader
from microblog_core.ports.site_texts import SiteTextReader
from microblog_core.ports.streaming import StreamReader
from microblog_core.ports.suggestions import SuggestionReader
from microblog_core.ports.undo import HiddenReader
from microblog_core.ports.webhooks import WebhookReader


class FeatureReaders(Protocol):
    """A part of `ports.storage.Storage`."""

    lists: ListReader
    filters: FilterReader
    reports: ReportReader
    moderation: ModerationReader
    announcements: AnnouncementReader
    push: PushReader
    suggestions: SuggestionReader
    polls: PollReader
    quotes: QuoteReader
    scheduled: ScheduledReader
    conversations: ConversationReader
    streams: StreamReader
    deliveries: DeliveryReader
    webhooks: WebhookReader
    campaigns: CampaignReader
    archives: ArchiveReader
    expired: ExpiredReader
    hidden: HiddenReader
    sign_ups: SignUpReader
    departures: DepartureReader
    site_texts: SiteTextReader
    media_usage: MediaUsageReader
    operating: OperatingReader
