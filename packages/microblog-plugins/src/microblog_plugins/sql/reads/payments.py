"""Payments, the ledger, and who is paid for what."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from microblog_core.domain.accounts import Account
from microblog_core.domain.ledger import Balance, Earned, Entry, Line, Payment, Posted, author_account
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.payments import NoticeKind, PaymentState, Product
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.payments import GatewayWebhook, MembershipLine, Offer, PaidPage
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.payment_rows import (
    ENTRY,
    ENTRY_WIDTH,
    MEMBERSHIP,
    MEMBERSHIP_WIDTH,
    PAYEE,
    PAYMENT,
    PAYMENT_WIDTH,
    TIER,
    TIER_WIDTH,
    entry_of,
    membership_of,
    payee_of,
    payment_of,
    tier_of,
)
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns
from microblog_plugins.sql.steps import Reader, Row, Run, Steps, reads

DAY = 24 * 3600 * 1000

_PAYMENT = columns(PAYMENT, "p")
_PEOPLE = (
    " LEFT JOIN accounts a ON a.id = p.payer_id AND a.state <> 'deleted'"
    " LEFT JOIN accounts b ON b.id = p.payee_id AND b.state <> 'deleted'"
)
_PAID = f"{_PAYMENT}, {columns(ACCOUNT, 'a')}, {columns(ACCOUNT, 'b')}"
_MONEY = "p.state IN ('captured', 'partially_refunded', 'refunded', 'disputed', 'charged_back')"
_OPEN = "p.state IN ('created', 'pending', 'authorised')"

_ALL = Source(_PAID, f"payments p{_PEOPLE} WHERE 1 = 1", "p.id")
_IN_STATE = Source(_PAID, f"payments p{_PEOPLE} WHERE p.state = :state", "p.id")
_LOOK_AT = Source(_PAID, f"payments p{_PEOPLE} WHERE p.attention <> ''", "p.id")
_LOOK_AT_STATE = Source(_PAID, f"payments p{_PEOPLE} WHERE p.attention <> '' AND p.state = :state", "p.id")
_BY = Source(_PAID, f"payments p{_PEOPLE} WHERE p.payer_id = :account", "p.id")
_TO = Source(_PAID, f"payments p{_PEOPLE} WHERE p.payee_id = :account AND {_MONEY}", "p.id")
_POSTED = f"{columns(ENTRY, 'e')}, {_PAYMENT}"
_LEDGER = Source(_POSTED, "ledger_entries e CROSS JOIN payments p WHERE p.id = e.payment_id", "e.id")
_EXPORT = (
    f"SELECT {_POSTED} FROM ledger_entries e CROSS JOIN payments p"
    " WHERE p.id = e.payment_id AND e.id > :after ORDER BY e.id LIMIT :limit"
)
_SUM = "CAST(SUM(l.minor) AS BIGINT)"
_BALANCES = (
    f"SELECT l.account, l.currency, {_SUM} FROM ledger_lines l{{which}} GROUP BY l.account, l.currency"
    " HAVING SUM(l.minor) <> 0 ORDER BY l.account, l.currency"
)
_TOTAL = f"SELECT '', l.currency, {_SUM} FROM ledger_lines l GROUP BY l.currency ORDER BY l.currency"
_EARNED = (
    f"SELECT l.at / {DAY}, l.product, l.currency, {_SUM},"
    " CAST(SUM(CASE WHEN l.minor < 0 THEN 1 ELSE 0 END) AS BIGINT) FROM ledger_lines l"
    f" WHERE l.account = :account{{which}} GROUP BY l.at / {DAY}, l.product, l.currency ORDER BY 1, 2, 3"
)

_MEMBERSHIP = columns(MEMBERSHIP, "m")
_LINES = f"{_MEMBERSHIP}, {columns(TIER, 't')}, {columns(ACCOUNT, 'a')}, {columns(ACCOUNT, 'b')}"
_WITH_PEOPLE = (
    " LEFT JOIN tiers t ON t.id = m.tier_id"
    " LEFT JOIN accounts a ON a.id = m.member_id AND a.state <> 'deleted'"
    " LEFT JOIN accounts b ON b.id = m.author_id AND b.state <> 'deleted'"
)
_MINE = Source(_LINES, f"memberships m{_WITH_PEOPLE} WHERE m.member_id = :account", "m.id")
_MEMBERS = Source(
    _LINES, f"memberships m{_WITH_PEOPLE} WHERE m.author_id = :account AND m.access_until > :now", "m.id"
)
_COUNT_MEMBERS = "SELECT COUNT(*) FROM memberships m WHERE m.author_id = :account AND m.access_until > :now"
_LIVE = (
    f"SELECT {_MEMBERSHIP} FROM memberships m"
    " WHERE m.member_id = :member AND m.author_id = :author AND m.state <> 'ended'"
)
_THEIRS = (
    f"SELECT {_MEMBERSHIP} FROM memberships m WHERE m.member_id = :member AND m.author_id = :author"
    " AND (m.state <> 'ended' OR m.access_until > :now)"
    " ORDER BY CASE WHEN m.state <> 'ended' THEN 1 ELSE 0 END DESC, m.id DESC LIMIT 1"
)
_DUE = (
    f"SELECT {_MEMBERSHIP} FROM memberships m WHERE m.state <> 'ended' AND m.id > :after"
    " AND (m.state = 'pending' AND m.created_at < :before OR m.state <> 'pending' AND m.paid_until <= :now"
    " OR EXISTS (SELECT 1 FROM accounts x WHERE x.id IN (m.member_id, m.author_id) AND x.state = 'deleted'))"
    " ORDER BY m.id LIMIT :limit"
)
_TIERS = f"SELECT {columns(TIER, 't')} FROM tiers t WHERE t.account_id = :account{{which}} ORDER BY t.id"
_PAYEE = f"SELECT {columns(PAYEE, 'y')} FROM payees y WHERE y.account_id = :account"
_WEBHOOK = "id gateway event_id kind gateway_id body received_at handled_at".split()


@functools.cache
def _member_of(dialect: Dialect) -> str:
    return (
        "SELECT m.author_id FROM memberships m WHERE m.member_id = :member AND m.access_until > :now AND "
        + dialect.among("m.author_id", "authors")
    )


@functools.cache
def _waiting(dialect: Dialect) -> str:
    index = dialect.indexed("payments_open")
    return (
        f"SELECT {_PAYMENT} FROM payments p{index} WHERE {_OPEN} AND p.id > :after AND p.created_at < :before"
        " ORDER BY p.id LIMIT :limit"
    )


def _paid_of(row: Row) -> PaidPage:
    return PaidPage(
        payment=payment_of(row),
        payer=_person(row, PAYMENT_WIDTH),
        payee=_person(row, PAYMENT_WIDTH + ACCOUNT_WIDTH),
    )


def _person(row: Row, start: int) -> Account | None:
    return None if row[start] is None else account_of(row, start)


def _line_of(row: Row) -> MembershipLine:
    people = MEMBERSHIP_WIDTH + TIER_WIDTH
    return MembershipLine(
        membership=membership_of(row),
        tier=tier_of(row, MEMBERSHIP_WIDTH),
        member=_person(row, people),
        author=_person(row, people + ACCOUNT_WIDTH),
    )


def _earned_of(row: Row) -> Earned:
    # What is owed is negative.
    return Earned(bucket=row[0], product=Product(row[1]), currency=row[2], minor=-row[3], payments=row[4])


def _by_month(days: Iterable[Earned]) -> list[Earned]:
    """Days put together into months of UTC."""
    sums: defaultdict[tuple[int, Product, str], list[int]] = defaultdict(lambda: [0, 0])
    for day in days:
        moment = datetime.fromtimestamp(day.bucket * DAY / 1000, UTC)
        into = sums[(moment.year - 1970) * 12 + moment.month - 1, day.product, day.currency]
        into[0] += day.minor
        into[1] += day.payments
    return [
        Earned(bucket=key[0], product=key[1], currency=key[2], minor=minor, payments=payments)
        for key, (minor, payments) in sorted(sums.items())
    ]


class Payments(Reader):
    """A `ports.payments.PaymentReader`. Sums of the whole ledger run aside."""

    def __init__(self, kept: Kept, run: Run, aside: Run) -> None:
        super().__init__(kept, run)
        self._aside = aside

    @reads
    def get(self, payment_id: int) -> Steps[Payment | None]:
        """One payment."""
        rows = yield f"SELECT {_PAYMENT} FROM payments p WHERE p.id = :id", {"id": payment_id}
        return payment_of(rows[0]) if rows else None

    @reads
    def by_gateway(self, gateway: str, gateway_id: str) -> Steps[Payment | None]:
        """The payment with this id at a gateway."""
        where = "p.gateway = :gateway AND p.gateway_id = :gateway_id AND p.gateway_id <> ''"
        rows = yield (
            f"SELECT {_PAYMENT} FROM payments p WHERE {where}",
            {"gateway": gateway, "gateway_id": gateway_id},
        )
        return payment_of(rows[0]) if rows else None

    @reads
    def paid(self, payment_id: int) -> Steps[PaidPage | None]:
        """One payment, with its people."""
        rows = yield f"SELECT {_PAID} FROM payments p{_PEOPLE} WHERE p.id = :id", {"id": payment_id}
        return _paid_of(rows[0]) if rows else None

    @reads
    def page(
        self, page: Page, *, state: PaymentState | None = None, attention: bool = False
    ) -> Steps[Listing[PaidPage]]:
        """All payments, newest first."""
        if state is None:
            return mapped((yield from read_page(_LOOK_AT if attention else _ALL, {}, page)), _paid_of)
        source = _LOOK_AT_STATE if attention else _IN_STATE
        return mapped((yield from read_page(source, {"state": str(state)}, page)), _paid_of)

    @reads
    def paid_by(self, account_id: int, page: Page) -> Steps[Listing[PaidPage]]:
        """What somebody paid or tried to."""
        return mapped((yield from read_page(_BY, {"account": account_id}, page)), _paid_of)

    @reads
    def paid_to(self, account_id: int, page: Page) -> Steps[Listing[PaidPage]]:
        """What somebody was paid."""
        return mapped((yield from read_page(_TO, {"account": account_id}, page)), _paid_of)

    @reads
    def open(self, *, before: int, after_id: int, limit: int) -> Steps[Sequence[Payment]]:
        """What the reconciler asks about."""
        rows = yield _waiting(self._dialect), {"before": before, "after": after_id, "limit": limit}
        return [payment_of(row) for row in rows]

    @reads
    def of_membership(self, membership_id: int) -> Steps[Sequence[Payment]]:
        """All payments of a membership, oldest first."""
        statement = f"SELECT {_PAYMENT} FROM payments p WHERE p.membership_id = :id ORDER BY p.id"
        return [payment_of(row) for row in (yield statement, {"id": membership_id})]

    @reads
    def entries(self, payment_id: int) -> Steps[Sequence[Entry]]:
        """The entries of a payment, in order."""
        rows = yield (
            f"SELECT {columns(ENTRY, 'e')} FROM ledger_entries e"
            " WHERE e.payment_id = :id ORDER BY e.sequence",
            {"id": payment_id},
        )
        lines = yield from self._lines(row[0] for row in rows)
        return [entry_of(row, lines.get(row[0], ())) for row in rows]

    @reads
    def ledger(self, page: Page) -> Steps[Listing[Posted]]:
        """All entries, newest first."""
        rows = yield from read_page(_LEDGER, {}, page)
        lines = yield from self._lines(row[0] for row in rows.items)
        return mapped(rows, lambda row: _posted_of(row, lines))

    @reads
    def export(self, after_id: int, limit: int) -> Steps[Sequence[Posted]]:
        """Entries with ids above `after_id`, by id."""
        rows = yield _EXPORT, {"after": after_id, "limit": limit}
        lines = yield from self._lines(row[0] for row in rows)
        return [_posted_of(row, lines) for row in rows]

    def _lines(self, entry_ids: Iterable[int]) -> Steps[dict[int, tuple[Line, ...]]]:
        """The lines of entries, by account."""
        order = self._dialect.bytewise("l.account")
        statement = (
            "SELECT l.entry_id, l.account, l.minor FROM ledger_lines l"
            f" WHERE {self._dialect.among('l.entry_id', 'ids')} ORDER BY l.entry_id, {order}"
        )
        found: defaultdict[int, list[Line]] = defaultdict(list)
        for entry_id, account, minor in (yield statement, {"ids": self._dialect.ids(entry_ids)}):
            found[entry_id].append(Line(account, minor))
        return {entry_id: tuple(lines) for entry_id, lines in found.items()}

    async def balances(self, account: str = "") -> Sequence[Balance]:
        """What stands on each account, or on one."""
        which = " WHERE l.account = :account" if account else ""
        values: dict[str, Any] = {"account": account} if account else {}

        def steps() -> Steps[Sequence[Balance]]:
            return [Balance(*row) for row in (yield _BALANCES.format(which=which), values)]

        found = await (self._run if account else self._aside)(steps)
        return sorted(found, key=lambda each: (each.account, each.currency))

    async def ledger_balance(self) -> Sequence[Balance]:
        """The sum of all lines in each currency."""

        def steps() -> Steps[Sequence[Balance]]:
            return [Balance(*row) for row in (yield _TOTAL, {})]

        return await self._aside(steps)

    @reads
    def earned_by_day(self, account_id: int, since: int, until: int) -> Steps[Sequence[Earned]]:
        """What an author earned by UTC day."""
        statement = _EARNED.format(which=" AND l.at >= :since AND l.at < :until")
        values = {"account": author_account(account_id), "since": since, "until": until}
        return [_earned_of(row) for row in (yield statement, values)]

    @reads
    def earned_by_month(self, account_id: int) -> Steps[Sequence[Earned]]:
        """The same by UTC month."""
        rows = yield _EARNED.format(which=""), {"account": author_account(account_id)}
        return _by_month(map(_earned_of, rows))

    @reads
    def payee(self, account_id: int) -> Steps[Payee | None]:
        """What somebody said of being paid."""
        rows = yield _PAYEE, {"account": account_id}
        return payee_of(rows[0]) if rows else None

    @reads
    def tiers(self, account_id: int) -> Steps[Sequence[Tier]]:
        """Somebody's tiers, oldest first."""
        return [tier_of(row) for row in (yield _TIERS.format(which=""), {"account": account_id})]

    @reads
    def tier(self, tier_id: int) -> Steps[Tier | None]:
        """One tier."""
        rows = yield f"SELECT {columns(TIER, 't')} FROM tiers t WHERE t.id = :id", {"id": tier_id}
        return tier_of(rows[0]) if rows else None

    @reads
    def offer(self, viewer: int | None, account_id: int, now: int) -> Steps[Offer]:
        """What somebody is paid for, and whether the viewer is a member."""
        payees = yield _PAYEE, {"account": account_id}
        tiers = yield _TIERS.format(which=" AND t.retired_at IS NULL"), {"account": account_id}
        values = {"member": viewer, "author": account_id, "now": now}
        theirs = (yield _THEIRS, values) if viewer is not None else ()
        return Offer(
            payee=payee_of(payees[0]) if payees else None,
            tiers=tuple(tier_of(row) for row in tiers),
            membership=membership_of(theirs[0]) if theirs else None,
        )

    @reads
    def membership(self, membership_id: int) -> Steps[Membership | None]:
        """One membership."""
        rows = yield f"SELECT {_MEMBERSHIP} FROM memberships m WHERE m.id = :id", {"id": membership_id}
        return membership_of(rows[0]) if rows else None

    @reads
    def membership_by_gateway(self, gateway: str, gateway_id: str) -> Steps[Membership | None]:
        """The membership with this id at a gateway."""
        where = "m.gateway = :gateway AND m.gateway_id = :gateway_id AND m.gateway_id <> ''"
        rows = yield (
            f"SELECT {_MEMBERSHIP} FROM memberships m WHERE {where}",
            {"gateway": gateway, "gateway_id": gateway_id},
        )
        return membership_of(rows[0]) if rows else None

    @reads
    def live_membership(self, member_id: int, author_id: int) -> Steps[Membership | None]:
        """The membership that isn't over."""
        rows = yield _LIVE, {"member": member_id, "author": author_id}
        return membership_of(rows[0]) if rows else None

    @reads
    def memberships(self, member_id: int, page: Page) -> Steps[Listing[MembershipLine]]:
        """Somebody's memberships, newest first."""
        return mapped((yield from read_page(_MINE, {"account": member_id}, page)), _line_of)

    @reads
    def members(self, author_id: int, page: Page, now: int) -> Steps[Listing[MembershipLine]]:
        """Who has access, newest membership first."""
        rows = yield from read_page(_MEMBERS, {"account": author_id, "now": now}, page)
        return mapped(rows, _line_of)

    @reads
    def count_members(self, author_id: int, now: int) -> Steps[int]:
        """How many have access."""
        rows = yield _COUNT_MEMBERS, {"account": author_id, "now": now}
        return int(rows[0][0])

    @reads
    def member_of(self, member_id: int, author_ids: Collection[int], now: int) -> Steps[frozenset[int]]:
        """Those of the authors of whom somebody is a member."""
        values = {"member": member_id, "authors": self._dialect.ids(author_ids), "now": now}
        rows = yield _member_of(self._dialect), values
        return frozenset(row[0] for row in rows)

    @reads
    def due_memberships(
        self, *, now: int, before: int, after_id: int, limit: int
    ) -> Steps[Sequence[Membership]]:
        """What the reconciler asks about."""
        values = {"now": now, "before": before, "after": after_id, "limit": limit}
        return [membership_of(row) for row in (yield _DUE, values)]

    @reads
    def webhook(self, gateway: str, event_id: str) -> Steps[GatewayWebhook | None]:
        """A webhook that was verified."""
        rows = yield (
            f"SELECT {columns(_WEBHOOK, 'w')} FROM gateway_webhooks w"
            " WHERE w.gateway = :gateway AND w.event_id = :event",
            {"gateway": gateway, "event": event_id},
        )
        if not rows:
            return None
        values = dict(zip(_WEBHOOK, rows[0], strict=True))
        return GatewayWebhook(**values | {"kind": NoticeKind(values["kind"]), "body": bytes(values["body"])})


def _posted_of(row: Row, lines: dict[int, tuple[Line, ...]]) -> Posted:
    return Posted(entry=entry_of(row, lines.get(row[0], ())), payment=payment_of(row, ENTRY_WIDTH))
