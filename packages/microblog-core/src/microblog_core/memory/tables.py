"""The tables of the storage in memory: plain dictionaries that can take back what a failed commit wrote."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Generic, TypeVar

import msgspec

from microblog_core.domain.accounts import Account, Login, Session
from microblog_core.domain.announcements import Announcement, CustomEmoji
from microblog_core.domain.applications import AccessToken, Application, AuthorizationCode
from microblog_core.domain.archives import Export, Import, ImportProblem
from microblog_core.domain.campaigns import Campaign, Recipient
from microblog_core.domain.deliveries import DeliveryPreference
from microblog_core.domain.filters import Filter
from microblog_core.domain.jobs import Measure
from microblog_core.domain.leaving import Departure
from microblog_core.domain.ledger import Entry, Payment
from microblog_core.domain.lists import List
from microblog_core.domain.marks import Marker, MarkerTimeline
from microblog_core.domain.media import Attachment
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.moderation import ReportNote, Strike
from microblog_core.domain.notifications import Notification
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import Post, PostEdit
from microblog_core.domain.push import PushSubscription
from microblog_core.domain.relations import FollowOptions
from microblog_core.domain.reports import Report
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.domain.signing_up import Invitation, MailBlock
from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.statistics import DayFigures
from microblog_core.domain.webhooks import Webhook
from microblog_core.ports.operations import Job
from microblog_core.ports.payments import GatewayWebhook
from microblog_core.ports.storage import Audit

K = TypeVar("K")
V = TypeVar("V")

Pair = tuple[int, int]


class Relation(msgspec.Struct, frozen=True):
    """What is stored of a follow, block, mute or favourite beside the two ids that are its key."""

    id: int
    created_at: int


class Allowed(msgspec.Struct, frozen=True):
    """What is stored of an authorisation beside account and application: the relation's id, first and last
    time, and the scopes of the last.
    """

    id: int
    first_at: int
    last_at: int
    scopes: tuple[str, ...]


class Follow(Relation, frozen=True):
    """A follow, or a request to follow."""

    options: FollowOptions = FollowOptions()


class Mute(Relation, frozen=True):
    """A mute; it ends at `expires_at` (Unix milliseconds), if that is given."""

    notifications: bool = True
    expires_at: int | None = None

    def ended(self, now: int) -> bool:
        """Whether it is over at this moment."""
        return self.expires_at is not None and self.expires_at <= now


class Vote(msgspec.Struct, frozen=True):
    """What somebody voted for."""

    id: int
    choices: tuple[int, ...]


class Talk(msgspec.Struct, frozen=True):
    """A conversation as one person has it; `participants` are the others (`others_key`)."""

    id: int
    account_id: int
    thread_id: int
    participants: str
    last_post_id: int
    unread: bool

    @property
    def key(self) -> tuple[int, int, str]:
        """What there is one of."""
        return self.account_id, self.thread_id, self.participants


class SignedUp(msgspec.Struct, frozen=True):
    """How an account came here."""

    reason: str
    invitation_id: int | None


class CountedDay(msgspec.Struct, frozen=True):
    """A day's figures, who was active, and which version of that its windows were counted of."""

    figures: DayFigures
    people: frozenset[int] = frozenset()
    version: int = 0
    windows_version: int = 0


class Used(msgspec.Struct, frozen=True):
    """What the first request with an idempotency key made, and when."""

    result_id: int
    created_at: int


class Table(Generic[K, V]):
    """Rows by key. `put` and `remove` are undone by `roll_back`, all since the last `keep`."""

    def __init__(self) -> None:
        self.rows: dict[K, V] = {}
        self._before: list[tuple[K, V | None]] = []

    def get(self, key: K) -> V | None:
        """The row, or None."""
        return self.rows.get(key)

    def __contains__(self, key: K) -> bool:
        return key in self.rows

    def put(self, key: K, row: V) -> None:
        """Store a row in place of what was there."""
        self._before.append((key, self.rows.get(key)))
        self.rows[key] = row

    def remove(self, key: K) -> V | None:
        """Remove a row and return it; None where there was none."""
        row = self.rows.pop(key, None)
        if row is not None:
            self._before.append((key, row))
        return row

    def keep(self) -> None:
        """What was written stays."""
        self._before.clear()

    def roll_back(self) -> None:
        """Everything is as it was at the last `keep`."""
        while self._before:
            key, row = self._before.pop()
            if row is None:
                del self.rows[key]
            else:
                self.rows[key] = row


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that is stored. Keys of two ids are named in their order, such as (follower, followee)."""

    accounts: Table[int, Account] = field(default_factory=Table)
    names: Table[tuple[str, str], int] = field(default_factory=Table)
    """Account ids by (case-folded username, domain)."""
    skeletons: Table[str, int] = field(default_factory=Table)
    """Ids of local accounts by the skeleton of their name (`domain.accounts.confusable_key`)."""
    logins: Table[int, Login] = field(default_factory=Table)
    emails: Table[str, int] = field(default_factory=Table)
    sessions: Table[str, Session] = field(default_factory=Table)
    applications: Table[int, Application] = field(default_factory=Table)
    used_applications: Table[int, bool] = field(default_factory=Table)
    """Those that somebody ever allowed something, or that had a token."""
    codes: Table[str, AuthorizationCode] = field(default_factory=Table)
    tokens: Table[str, AccessToken] = field(default_factory=Table)
    authorisations: Table[Pair, Allowed] = field(default_factory=Table)
    """By (account, application)."""
    posts: Table[int, Post] = field(default_factory=Table)
    hidden: Table[int, int] = field(default_factory=Table)
    """Since when posts are hidden that were deleted and can be brought back, by their id."""
    edits: Table[Pair, PostEdit] = field(default_factory=Table)
    """Earlier versions by (post, version)."""
    favourites: Table[Pair, Relation] = field(default_factory=Table)
    """By (account, post)."""
    follows: Table[Pair, Follow] = field(default_factory=Table)
    blocks: Table[Pair, Relation] = field(default_factory=Table)
    mutes: Table[Pair, Mute] = field(default_factory=Table)
    lists: Table[int, List] = field(default_factory=Table)
    list_members: Table[Pair, Relation] = field(default_factory=Table)
    """By (list, account)."""
    list_tags: Table[tuple[int, str], Relation] = field(default_factory=Table)
    filters: Table[int, Filter] = field(default_factory=Table)
    reports: Table[int, Report] = field(default_factory=Table)
    report_notes: Table[int, ReportNote] = field(default_factory=Table)
    strikes: Table[int, Strike] = field(default_factory=Table)
    announcements: Table[int, Announcement] = field(default_factory=Table)
    announcement_reads: Table[Pair, bool] = field(default_factory=Table)
    """By (account, announcement)."""
    announcement_reactions: Table[tuple[int, str, int], int] = field(default_factory=Table)
    """Moments by (announcement, name, account)."""
    emojis: Table[str, CustomEmoji] = field(default_factory=Table)
    """By folded shortcode."""
    site_texts: Table[int, SiteText] = field(default_factory=Table)
    site_text_chain: Table[tuple[str, int], int] = field(default_factory=Table)
    """Which version comes after one, by (name, id)."""
    push: Table[int, PushSubscription] = field(default_factory=Table)
    """By access token."""
    dismissed: Table[Pair, int] = field(default_factory=Table)
    """Moments of dismissed suggestions by (account, dismissed)."""
    home: Table[Pair, int] = field(default_factory=Table)
    """Author ids by (account, post)."""
    polls: Table[int, Poll] = field(default_factory=Table)
    votes: Table[Pair, Vote] = field(default_factory=Table)
    """By (poll, account)."""
    scheduled: Table[int, ScheduledPost] = field(default_factory=Table)
    talks: Table[int, Talk] = field(default_factory=Table)
    direct: Table[Pair, int] = field(default_factory=Table)
    """Ids of conversations, which may be gone, by (account, post)."""
    notifications: Table[int, Notification] = field(default_factory=Table)
    media: Table[int, Attachment] = field(default_factory=Table)
    unattached: Table[int, int] = field(default_factory=Table)
    """Since when media belong to no post, by their id."""
    requests: Table[Pair, Follow] = field(default_factory=Table)
    """Requests to follow."""
    notes: Table[Pair, str] = field(default_factory=Table)
    bookmarks: Table[Pair, Relation] = field(default_factory=Table)
    """By (account, post)."""
    pins: Table[Pair, Relation] = field(default_factory=Table)
    """By (account, post)."""
    thread_mutes: Table[Pair, int] = field(default_factory=Table)
    """When, by (account, thread)."""
    markers: Table[tuple[int, MarkerTimeline], Marker] = field(default_factory=Table)
    tag_follows: Table[tuple[int, str], Relation] = field(default_factory=Table)
    featured_tags: Table[tuple[int, str], Relation] = field(default_factory=Table)
    delivery_preferences: Table[tuple[int, str, str], DeliveryPreference] = field(default_factory=Table)
    """By (account, channel, kind)."""
    deliveries: Table[tuple[int, str, str, int], bool] = field(default_factory=Table)
    """What waits, by (account, channel, frequency, notification)."""
    webhooks: Table[int, Webhook] = field(default_factory=Table)
    campaigns: Table[int, Campaign] = field(default_factory=Table)
    recipients: Table[Pair, Recipient] = field(default_factory=Table)
    """By (campaign, account)."""
    recipient_addresses: Table[tuple[int, str], int] = field(default_factory=Table)
    """Account ids by (campaign, key of the address)."""
    news_refusals: Table[int, int] = field(default_factory=Table)
    """When, by account."""
    sign_ups: Table[int, SignedUp] = field(default_factory=Table)
    invitations: Table[int, Invitation] = field(default_factory=Table)
    mail_blocks: Table[int, MailBlock] = field(default_factory=Table)
    departures: Table[int, Departure] = field(default_factory=Table)
    exports: Table[int, Export] = field(default_factory=Table)
    imports: Table[int, Import] = field(default_factory=Table)
    import_problems: Table[int, ImportProblem] = field(default_factory=Table)
    imported: Table[tuple[int, str], int] = field(default_factory=Table)
    """Ids of what was made of entries, by (account, entry)."""
    payments: Table[int, Payment] = field(default_factory=Table)
    ledger: Table[int, Entry] = field(default_factory=Table)
    payees: Table[int, Payee] = field(default_factory=Table)
    tiers: Table[int, Tier] = field(default_factory=Table)
    memberships: Table[int, Membership] = field(default_factory=Table)
    gateway_webhooks: Table[tuple[str, str], GatewayWebhook] = field(default_factory=Table)
    """By (gateway, event)."""
    jobs: Table[int, Job] = field(default_factory=Table)
    job_tallies: Table[tuple[int, str, Measure, int], int] = field(default_factory=Table)
    """Counts by (slot, kind, measure, bucket)."""
    audit: Table[int, Audit] = field(default_factory=Table)
    used_keys: Table[tuple[int, str], Used] = field(default_factory=Table)
    """By (account, idempotency key)."""
    counted_days: Table[date, CountedDay] = field(default_factory=Table)
    stale_slots: Table[int, Pair] = field(default_factory=Table)
    """How often each was marked, and how often it had been when it was counted."""
    log_ins: Table[Pair, bool] = field(default_factory=Table)
    """By (slot, account)."""
    values: Table[tuple[str, str], bytes] = field(default_factory=Table)
    """By (plugin, key)."""

    def keep(self) -> None:
        """What was written to any table stays."""
        for table in self._all():
            table.keep()

    def roll_back(self) -> None:
        """Every table is as it was at the last `keep`."""
        for table in self._all():
            table.roll_back()

    def _all(self) -> list[Table[object, object]]:
        return [getattr(self, entry.name) for entry in fields(self)]
