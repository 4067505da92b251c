"""Reading payments, the ledger, and who may be paid, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.ledger import MONEY, OPEN, Balance, Earned, Entry, Payment, Posted, author_account
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.payments import PaymentState, Product, SubscriptionState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.tables import Tables
from microblog_core.ports.payments import GatewayWebhook, MembershipLine, Offer, PaidPage

DAY = 24 * 3600 * 1000


def _day(at: int) -> int:
    return at // DAY


def _month(at: int) -> int:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return (moment.year - 1970) * 12 + moment.month - 1


class PaymentReads:
    """A `ports.payments.PaymentReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, payment_id: int) -> Payment | None:
        """One payment."""
        return self._tables.payments.get(payment_id)

    async def by_gateway(self, gateway: str, gateway_id: str) -> Payment | None:
        """The payment with this id at a gateway."""
        found = (
            each for each in self._payments() if (each.gateway, each.gateway_id) == (gateway, gateway_id)
        )
        return next(found, None) if gateway_id else None

    async def paid(self, payment_id: int) -> PaidPage | None:
        """One payment, with its people."""
        payment = self._tables.payments.get(payment_id)
        return None if payment is None else self._with_people(payment)

    async def page(
        self, page: Page, *, state: PaymentState | None = None, attention: bool = False
    ) -> Listing[PaidPage]:
        """All payments, newest first."""
        return self._page(
            page,
            lambda each: (state is None or each.state is state) and (not attention or bool(each.attention)),
        )

    async def paid_by(self, account_id: int, page: Page) -> Listing[PaidPage]:
        """What somebody paid or tried to."""
        return self._page(page, lambda each: each.payer_id == account_id)

    async def paid_to(self, account_id: int, page: Page) -> Listing[PaidPage]:
        """What somebody was paid."""
        return self._page(page, lambda each: each.payee_id == account_id and each.state in MONEY)

    async def open(self, *, before: int, after_id: int, limit: int) -> Sequence[Payment]:
        """What the reconciler asks about."""
        found = (
            each
            for each in self._payments()
            if each.state in OPEN and each.created_at < before and each.id > after_id
        )
        return sorted(found, key=lambda each: each.id)[:limit]

    async def of_membership(self, membership_id: int) -> Sequence[Payment]:
        """All payments of a membership, oldest first."""
        found = (each for each in self._payments() if each.membership_id == membership_id)
        return sorted(found, key=lambda each: each.id)

    async def entries(self, payment_id: int) -> Sequence[Entry]:
        """The entries of a payment, in order."""
        found = (each for each in self._tables.ledger.rows.values() if each.payment_id == payment_id)
        return sorted(found, key=lambda each: each.sequence)

    async def ledger(self, page: Page) -> Listing[Posted]:
        """All entries, newest first."""
        return mapped(cut(self._tables.ledger.rows.values(), page, lambda each: each.id), self._posted)

    async def export(self, after_id: int, limit: int) -> Sequence[Posted]:
        """Entries with ids above `after_id`, by id."""
        found = (each for each in self._tables.ledger.rows.values() if each.id > after_id)
        return [self._posted(each) for each in sorted(found, key=lambda each: each.id)[:limit]]

    async def balances(self, account: str = "") -> Sequence[Balance]:
        """What stands on each account, or on one."""
        sums = self._sums(lambda line: line)
        found = (Balance(*key, minor) for key, minor in sums.items() if minor and account in ("", key[0]))
        return sorted(found, key=lambda each: (each.account, each.currency))

    async def ledger_balance(self) -> Sequence[Balance]:
        """The sum of all lines in each currency."""
        sums = self._sums(lambda line: "")
        return sorted((Balance(*key, minor) for key, minor in sums.items()), key=lambda each: each.currency)

    def _sums(self, name: Callable[[str], str]) -> Counter[tuple[str, str]]:
        sums: Counter[tuple[str, str]] = Counter()
        for entry in self._tables.ledger.rows.values():
            currency = self._tables.payments.rows[entry.payment_id].amount.currency
            for line in entry.lines:
                sums[name(line.account), currency] += line.minor
        return sums

    async def earned_by_day(self, account_id: int, since: int, until: int) -> Sequence[Earned]:
        """What an author earned by UTC day."""
        return self._earned(account_id, _day, lambda at: since <= at < until)

    async def earned_by_month(self, account_id: int) -> Sequence[Earned]:
        """The same by UTC month."""
        return self._earned(account_id, _month, lambda at: True)

    def _earned(
        self, account_id: int, bucket: Callable[[int], int], wanted: Callable[[int], bool]
    ) -> Sequence[Earned]:
        sums: defaultdict[tuple[int, Product, str], list[int]] = defaultdict(lambda: [0, 0])
        for entry in self._tables.ledger.rows.values():
            payment = self._tables.payments.rows[entry.payment_id]
            for line in entry.lines:
                if line.account == author_account(account_id) and wanted(entry.at):
                    into = sums[bucket(entry.at), payment.product, payment.amount.currency]
                    into[0] -= line.minor
                    into[1] += line.minor < 0
        return [
            Earned(bucket=key[0], product=key[1], currency=key[2], minor=minor, payments=payments)
            for key, (minor, payments) in sorted(sums.items())
        ]

    async def payee(self, account_id: int) -> Payee | None:
        """What somebody said of being paid."""
        return self._tables.payees.get(account_id)

    async def tiers(self, account_id: int) -> Sequence[Tier]:
        """Somebody's tiers, oldest first."""
        found = (each for each in self._tables.tiers.rows.values() if each.account_id == account_id)
        return sorted(found, key=lambda each: each.id)

    async def tier(self, tier_id: int) -> Tier | None:
        """One tier."""
        return self._tables.tiers.get(tier_id)

    async def offer(self, viewer: int | None, account_id: int, now: int) -> Offer:
        """What somebody is paid for, and whether the viewer is a member."""
        tiers = [each for each in await self.tiers(account_id) if each.retired_at is None]
        theirs = [
            each
            for each in self._memberships()
            if (each.member_id, each.author_id) == (viewer, account_id)
            and (each.live or each.gives_access(now))
        ]
        return Offer(
            payee=self._tables.payees.get(account_id),
            tiers=tuple(tiers),
            membership=max(theirs, key=lambda each: (each.live, each.id), default=None),
        )

    async def membership(self, membership_id: int) -> Membership | None:
        """One membership."""
        return self._tables.memberships.get(membership_id)

    async def membership_by_gateway(self, gateway: str, gateway_id: str) -> Membership | None:
        """The membership with this id at a gateway."""
        wanted = (gateway, gateway_id)
        found = (each for each in self._memberships() if (each.gateway, each.gateway_id) == wanted)
        return next(found, None) if gateway_id else None

    async def live_membership(self, member_id: int, author_id: int) -> Membership | None:
        """The membership that isn't over."""
        pair = (member_id, author_id)
        found = (each for each in self._memberships() if (each.member_id, each.author_id) == pair)
        return next((each for each in found if each.live), None)

    async def memberships(self, member_id: int, page: Page) -> Listing[MembershipLine]:
        """Somebody's memberships, newest first."""
        return self._lines(page, lambda each: each.member_id == member_id)

    async def members(self, author_id: int, page: Page, now: int) -> Listing[MembershipLine]:
        """Who has access, newest membership first."""
        return self._lines(page, lambda each: each.author_id == author_id and each.gives_access(now))

    async def count_members(self, author_id: int, now: int) -> int:
        """How many have access."""
        return sum(each.author_id == author_id and each.gives_access(now) for each in self._memberships())

    async def member_of(self, member_id: int, author_ids: Collection[int], now: int) -> frozenset[int]:
        """Those of the authors of whom somebody is a member."""
        theirs = (each for each in self._memberships() if each.member_id == member_id)
        return frozenset(each.author_id for each in theirs if each.gives_access(now)) & frozenset(author_ids)

    async def due_memberships(
        self, *, now: int, before: int, after_id: int, limit: int
    ) -> Sequence[Membership]:
        """What the reconciler asks about."""
        found = (
            each for each in self._memberships() if each.id > after_id and self._is_due(each, now, before)
        )
        return sorted(found, key=lambda each: each.id)[:limit]

    def _is_due(self, membership: Membership, now: int, before: int) -> bool:
        if not membership.live:
            return False
        if None in (self._person(membership.member_id), self._person(membership.author_id)):
            return True
        if membership.state is SubscriptionState.PENDING:
            return membership.created_at < before
        return membership.paid_until <= now

    async def webhook(self, gateway: str, event_id: str) -> GatewayWebhook | None:
        """A webhook that was verified."""
        return self._tables.gateway_webhooks.get((gateway, event_id))

    def _payments(self) -> Iterable[Payment]:
        return self._tables.payments.rows.values()

    def _memberships(self) -> Iterable[Membership]:
        return self._tables.memberships.rows.values()

    def _page(self, page: Page, which: Callable[[Payment], bool]) -> Listing[PaidPage]:
        found = (each for each in self._payments() if which(each))
        return mapped(cut(found, page, lambda each: each.id), self._with_people)

    def _lines(self, page: Page, which: Callable[[Membership], bool]) -> Listing[MembershipLine]:
        found = (each for each in self._memberships() if which(each))
        return mapped(cut(found, page, lambda each: each.id), self._line)

    def _line(self, membership: Membership) -> MembershipLine:
        return MembershipLine(
            membership=membership,
            tier=self._tables.tiers.rows[membership.tier_id],
            member=self._person(membership.member_id),
            author=self._person(membership.author_id),
        )

    def _with_people(self, payment: Payment) -> PaidPage:
        return PaidPage(
            payment=payment, payer=self._person(payment.payer_id), payee=self._person(payment.payee_id)
        )

    def _person(self, account_id: int) -> Account | None:
        account = self._tables.accounts.get(account_id)
        return None if account is None or account.state is AccountState.DELETED else account

    def _posted(self, entry: Entry) -> Posted:
        return Posted(entry=entry, payment=self._tables.payments.rows[entry.payment_id])
