"""Events: facts that happened and were committed. Observers are told after the commit.

An event carries ids and the version of its subject, not the subject: a handler reads what is stored now and
ignores versions older than that. `type` is the name on the wire; a plugin's events begin with the plugin's
name.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The root of events. `id` is unique, `at` is Unix milliseconds of the commit's beginning."""

    type: ClassVar[str] = "event"
    id: int
    at: int


class PostPublished(Event, frozen=True, kw_only=True):
    """A post (no boost) became visible. `mention_ids` are the accounts that it names; `linked` says that its
    text may have addresses in it.
    """

    type: ClassVar[str] = "post.published"
    post_id: int
    account_id: int
    visibility: str
    version: int = 1
    mention_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    in_reply_to_id: int | None = None
    linked: bool = False


class PostEdited(Event, frozen=True, kw_only=True):
    """A post has a new version. `mention_ids` are the accounts newly named."""

    type: ClassVar[str] = "post.edited"
    post_id: int
    account_id: int
    visibility: str
    version: int
    mention_ids: tuple[int, ...] = ()


class PostDeleted(Event, frozen=True, kw_only=True):
    """A post is gone, with its boosts, favourites and notifications. `mention_ids` and `tags` are what it
    had: nobody can look it up any more.
    """

    type: ClassVar[str] = "post.deleted"
    post_id: int
    account_id: int
    visibility: str
    mention_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


class LinkPreviewChanged(Event, frozen=True, kw_only=True):
    """What a link in a post by `account_id` shows came, changed or went. The post's version is the same."""

    type: ClassVar[str] = "post.link_preview_changed"
    post_id: int
    account_id: int


class QuoteRevoked(Event, frozen=True, kw_only=True):
    """`post_id` by `account_id` no longer shows `quoted_id`, whose author took the quote back."""

    type: ClassVar[str] = "post.quote_revoked"
    post_id: int
    account_id: int
    quoted_id: int


class PostBoosted(Event, frozen=True, kw_only=True):
    """`account_id` boosted `post_id`; the boost itself is the post `boost_id`."""

    type: ClassVar[str] = "post.boosted"
    post_id: int
    boost_id: int
    account_id: int
    author_id: int


class PostUnboosted(Event, frozen=True, kw_only=True):
    """`account_id` took the boost of `post_id` back; the boost itself was the post `boost_id`."""

    type: ClassVar[str] = "post.unboosted"
    post_id: int
    account_id: int
    boost_id: int | None = None


class PostFavourited(Event, frozen=True, kw_only=True):
    """`account_id` favourited `post_id` by `author_id`."""

    type: ClassVar[str] = "post.favourited"
    post_id: int
    account_id: int
    author_id: int


class PostUnfavourited(Event, frozen=True, kw_only=True):
    """`account_id` took the favourite of `post_id` back."""

    type: ClassVar[str] = "post.unfavourited"
    post_id: int
    account_id: int


class AccountCreated(Event, frozen=True, kw_only=True):
    """Somebody signed up, or an operator made an account."""

    type: ClassVar[str] = "account.created"
    account_id: int


class AccountUpdated(Event, frozen=True, kw_only=True):
    """What is shown of an account changed, or its state or role did."""

    type: ClassVar[str] = "account.updated"
    account_id: int
    version: int


class AccountDeleted(Event, frozen=True, kw_only=True):
    """Everything of an account is removed but its name. What a plugin keeps of it goes now, too."""

    type: ClassVar[str] = "account.deleted"
    account_id: int


class AccountFollowed(Event, frozen=True, kw_only=True):
    """`follower_id` follows `followee_id` now."""

    type: ClassVar[str] = "account.followed"
    follower_id: int
    followee_id: int


class FollowRequested(Event, frozen=True, kw_only=True):
    """`follower_id` asks to follow `followee_id`."""

    type: ClassVar[str] = "account.follow_requested"
    follower_id: int
    followee_id: int


class AccountUnfollowed(Event, frozen=True, kw_only=True):
    """`follower_id` no longer follows `followee_id`."""

    type: ClassVar[str] = "account.unfollowed"
    follower_id: int
    followee_id: int


class AccountBlocked(Event, frozen=True, kw_only=True):
    """`blocker_id` blocked `blocked_id`; follows between them are gone."""

    type: ClassVar[str] = "account.blocked"
    blocker_id: int
    blocked_id: int


class NotificationCreated(Event, frozen=True, kw_only=True):
    """`account_id` has a new notification; channels deliver it according to routing rules."""

    type: ClassVar[str] = "notification.created"
    notification_id: int
    account_id: int
    kind: str
    actor_id: int
    post_id: int | None = None


class LoggedIn(Event, frozen=True, kw_only=True):
    """Somebody logged in."""

    type: ClassVar[str] = "account.logged_in"
    account_id: int


class MediaProcessed(Event, frozen=True, kw_only=True):
    """An upload is a picture now, or was found to be none."""

    type: ClassVar[str] = "media.processed"
    media_id: int
    account_id: int


class FiltersChanged(Event, frozen=True, kw_only=True):
    """`account_id` made, changed or deleted a filter."""

    type: ClassVar[str] = "filters.changed"
    account_id: int


class AnnouncementChanged(Event, frozen=True, kw_only=True):
    """Something is announced, or differently than before."""

    type: ClassVar[str] = "announcement.changed"
    announcement_id: int


class AnnouncementDeleted(Event, frozen=True, kw_only=True):
    """An announcement is gone."""

    type: ClassVar[str] = "announcement.deleted"
    announcement_id: int


class ReportCreated(Event, frozen=True, kw_only=True):
    """Somebody told the moderators about `target_id`."""

    type: ClassVar[str] = "report.created"
    report_id: int
    target_id: int


class PaymentCaptured(Event, frozen=True, kw_only=True):
    """`payer_id` paid `payee_id`: a tip, or a period of a membership."""

    type: ClassVar[str] = "payment.captured"
    payment_id: int
    payer_id: int
    payee_id: int
    product: str
    membership_id: int | None = None


class MembershipRenewed(Event, frozen=True, kw_only=True):
    """A further period of a membership was paid."""

    type: ClassVar[str] = "membership.renewed"
    membership_id: int
    payment_id: int
    member_id: int
    author_id: int


class PaymentFailed(Event, frozen=True, kw_only=True):
    """A payment was not taken: nobody paid, or the provider refused."""

    type: ClassVar[str] = "payment.failed"
    payment_id: int
    payer_id: int
    payee_id: int
    membership_id: int | None = None


class PaymentRefunded(Event, frozen=True, kw_only=True):
    """`refunded_minor` of a payment are given back by now, in minor units."""

    type: ClassVar[str] = "payment.refunded"
    payment_id: int
    payer_id: int
    payee_id: int
    refunded_minor: int


class PaymentDisputed(Event, frozen=True, kw_only=True):
    """The payer's bank asks a payment back; it is held until that is decided."""

    type: ClassVar[str] = "payment.disputed"
    payment_id: int
    payer_id: int
    payee_id: int


class JobsQueued(Event, frozen=True, kw_only=True):
    """A unit of work queued jobs; `id` and `at` are those of the first. Wakes the job runner of this process.

    It is no fact about the site: the unit of work publishes it by itself, subscribers of `Event` are not
    told, and it is never durable.
    """

    type: ClassVar[str] = "jobs.queued"


CORE_EVENTS: tuple[type[Event], ...] = (
    PostPublished,
    PostEdited,
    PostDeleted,
    LinkPreviewChanged,
    QuoteRevoked,
    PostBoosted,
    PostUnboosted,
    PostFavourited,
    PostUnfavourited,
    AccountCreated,
    AccountUpdated,
    AccountDeleted,
    AccountFollowed,
    FollowRequested,
    AccountUnfollowed,
    AccountBlocked,
    NotificationCreated,
    LoggedIn,
    MediaProcessed,
    FiltersChanged,
    AnnouncementChanged,
    AnnouncementDeleted,
    ReportCreated,
    PaymentCaptured,
    MembershipRenewed,
    PaymentFailed,
    PaymentRefunded,
    PaymentDisputed,
)


def encode_event(event: Event) -> bytes:
    """The event as a JSON object; `type` says which one it is."""
    return msgspec.json.encode({"type": event.type, **msgspec.structs.asdict(event)})
