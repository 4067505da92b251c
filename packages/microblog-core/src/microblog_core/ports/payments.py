"""Reading payments, the ledger, payees, tiers and memberships: the capability `ledger`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, cast

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ledger import Balance, Earned, Entry, Payment, Posted
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.payments import NoticeKind, PaymentState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.storage import LEDGER, Storage


class PaidPage(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as people see it in lists: with who paid and who was paid; None for who is deleted."""

    payment: Payment
    payer: Account | None
    payee: Account | None


class GatewayWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A verified webhook as it is stored; `handled_at` is 0 while nobody has acted on it."""

    id: int
    gateway: str
    event_id: str
    kind: NoticeKind
    gateway_id: str
    body: bytes
    received_at: int
    handled_at: int = 0


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is paid for: tiers that aren't retired, oldest first, and the viewer's live
    membership, or the one that still gives access, if there is one.
    """

    payee: Payee | None
    tiers: tuple[Tier, ...] = ()
    membership: Membership | None = None


class MembershipLine(msgspec.Struct, frozen=True, kw_only=True):
    """A membership with its tier, member and author; None for who is deleted."""

    membership: Membership
    tier: Tier
    member: Account | None
    author: Account | None


class PaymentReader(Protocol):
    """Payments, the ledger, and who may be paid."""

    async def get(self, payment_id: int) -> Payment | None:
        """One payment."""
        ...

    async def by_gateway(self, gateway: str, gateway_id: str) -> Payment | None:
        """The payment with this id at a gateway."""
        ...

    async def paid(self, payment_id: int) -> PaidPage | None:
        """One payment, with its people."""
        ...

    async def page(
        self, page: Page, *, state: PaymentState | None = None, attention: bool = False
    ) -> Listing[PaidPage]:
        """All payments, newest first, for operators; in one state, or those that somebody must look at."""
        ...

    async def paid_by(self, account_id: int, page: Page) -> Listing[PaidPage]:
        """What somebody paid or tried to, newest first."""
        ...

    async def paid_to(self, account_id: int, page: Page) -> Listing[PaidPage]:
        """What somebody was paid (`domain.ledger.MONEY`), newest first."""
        ...

    async def open(self, *, before: int, after_id: int, limit: int) -> Sequence[Payment]:
        """Payments in the states `domain.ledger.OPEN` that were created before this moment, by id, with ids
        above `after_id`.
        """
        ...

    async def of_membership(self, membership_id: int) -> Sequence[Payment]:
        """All payments of a membership, oldest first."""
        ...

    async def entries(self, payment_id: int) -> Sequence[Entry]:
        """The entries of a payment, in order."""
        ...

    async def ledger(self, page: Page) -> Listing[Posted]:
        """All entries of the ledger, newest first."""
        ...

    async def export(self, after_id: int, limit: int) -> Sequence[Posted]:
        """Entries with ids above `after_id`, by id."""
        ...

    async def balances(self, account: str = "") -> Sequence[Balance]:
        """What stands on each account in each currency, or on one account; by account, then currency. What is
        zero is left out.
        """
        ...

    async def ledger_balance(self) -> Sequence[Balance]:
        """The sum of all lines in each currency, with an empty account; each must be zero."""
        ...

    async def earned_by_day(self, account_id: int, since: int, until: int) -> Sequence[Earned]:
        """What an author earned by UTC day, product and currency, from `since` until before `until`, oldest
        first.
        """
        ...

    async def earned_by_month(self, account_id: int) -> Sequence[Earned]:
        """The same by UTC month, all that there is."""
        ...

    async def payee(self, account_id: int) -> Payee | None:
        """What somebody said of being paid."""
        ...

    async def tiers(self, account_id: int) -> Sequence[Tier]:
        """Somebody's tiers, retired ones too, oldest first."""
        ...

    async def tier(self, tier_id: int) -> Tier | None:
        """One tier."""
        ...

    async def offer(self, viewer: int | None, account_id: int, now: int) -> Offer:
        """What somebody is paid for, and whether the viewer is a member, in a fixed number of statements."""
        ...

    async def membership(self, membership_id: int) -> Membership | None:
        """One membership."""
        ...

    async def membership_by_gateway(self, gateway: str, gateway_id: str) -> Membership | None:
        """The membership whose subscription has this id at a gateway."""
        ...

    async def live_membership(self, member_id: int, author_id: int) -> Membership | None:
        """The membership that isn't over, of which there is one at most."""
        ...

    async def memberships(self, member_id: int, page: Page) -> Listing[MembershipLine]:
        """Somebody's memberships, newest first."""
        ...

    async def members(self, author_id: int, page: Page, now: int) -> Listing[MembershipLine]:
        """Who has access to what an author writes for members, newest membership first."""
        ...

    async def count_members(self, author_id: int, now: int) -> int:
        """How many memberships `members` lists."""
        ...

    async def member_of(self, member_id: int, author_ids: Collection[int], now: int) -> frozenset[int]:
        """Those of the authors to whose posts for members somebody has access as a member."""
        ...

    async def due_memberships(
        self, *, now: int, before: int, after_id: int, limit: int
    ) -> Sequence[Membership]:
        """Live ones, by id, with ids above `after_id`, that the reconciler asks about: pending ones that were
        created before `before`, and others whose paid time is over at `now`.
        """
        ...

    async def webhook(self, gateway: str, event_id: str) -> GatewayWebhook | None:
        """A webhook that was verified."""
        ...


class LedgerStorage(Storage, Protocol):
    """A storage with the capability `ledger`."""

    payments: PaymentReader


def payments_of(storage: Storage) -> PaymentReader:
    """The storage's payments. Raises `NotFound` where it has none."""
    if LEDGER not in storage.capabilities:
        raise NotFound("This site takes no payments.", hint="Use a storage with the capability 'ledger'.")
    return cast(LedgerStorage, storage).payments
