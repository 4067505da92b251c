"""What a storage with the capability `ledger` must do: payments and the ledger."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.ledger import (
    Balance,
    Entry,
    Line,
    author_account,
    first_entry,
    gateway_account,
    held_account,
)
from microblog_core.domain.memberships import Payee
from microblog_core.domain.money import Money
from microblog_core.domain.payments import (
    NoticeKind,
    PaymentState,
    Product,
)
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddDeparture, EraseAccount
from microblog_core.ports.operations.payments import (
    AddGatewayWebhook,
    AddPayment,
    HandleGatewayWebhook,
    PruneGatewayWebhooks,
    PutPayee,
    RecordPayment,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused
from microblog_core.testing.storage.till import Till

DAY = 24 * 3600 * 1000


class LedgerTests(StorageTests):
    """Payments and the ledger."""

    @pytest.fixture
    def till(self, build: Builder) -> Till:
        """Takes payments."""
        return Till(build)

    async def test_a_payment_is_kept_as_it_was_given_and_recorded_as_it_changes(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        begun = await till.begun(
            bob, ada, 1234, country="DE", description="A tip", note="Thank you", gateway_id="g1"
        )
        assert await till.read.get(begun.id) == begun
        assert await till.read.by_gateway("bank", "g1") == begun
        assert await till.read.by_gateway("bank", "") is None
        assert await till.read.by_gateway("other", "g1") is None
        assert await till.read.get(1) is None
        captured = await till.becomes(begun, PaymentState.CAPTURED)
        assert await till.read.get(begun.id) == captured
        assert (captured.state, captured.version) == (PaymentState.CAPTURED, 2)
        paid = await till.read.paid(begun.id)
        assert paid is not None and paid.payer is not None and paid.payee is not None
        assert (paid.payment, paid.payer.id, paid.payee.id) == (captured, bob.id, ada.id)
        assert await till.read.paid(1) is None

    async def test_entries_are_kept_in_their_order_and_their_lines_sum_to_zero(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.begun(bob, ada, 1000)
        for state, refunded in (
            (PaymentState.PENDING, 0),
            (PaymentState.CAPTURED, 0),
            (PaymentState.PARTIALLY_REFUNDED, 300),
            (PaymentState.DISPUTED, 300),
            (PaymentState.CHARGED_BACK, 300),
        ):
            payment = await till.becomes(payment, state, refunded)
        entries = await till.read.entries(payment.id)
        assert [each.sequence for each in entries] == [1, 2, 3, 4, 5, 6]
        assert [each.before for each in entries] == [
            "", "created", "pending", "captured", "partially_refunded", "disputed",
        ]  # fmt: skip
        author, gateway, held = author_account(ada.id), gateway_account("bank"), held_account(ada.id)
        assert [each.lines for each in entries] == [
            (),
            (),
            (Line(author, -1000), Line(gateway, 1000)),
            (Line(author, 300), Line(gateway, -300)),
            (Line(author, 700), Line(held, -700)),
            (Line(gateway, -700), Line(held, 700)),
        ]
        assert await till.read.entries(1) == []

    async def test_an_entry_that_does_not_balance_is_refused(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.begun(bob, ada)
        record = till.step(payment, PaymentState.CAPTURED)
        lines = (Line("author:1", -500), Line("gateway:bank", 499))
        crooked = replace(record, entries=(replace(record.entries[0], lines=lines),))
        await refused(build, "balance", crooked)
        draft = till.draft(bob, ada)
        entry = replace(first_entry(draft, entry_id=build.next_id(), cause="x"), lines=lines[:1])
        await refused(build, "balance", AddPayment(payment=draft, entries=(entry,)))

    async def test_of_two_who_record_the_same_step_one_wins(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.begun(bob, ada)
        steps = [till.step(payment, PaymentState.CAPTURED) for _ in range(4)]
        outcomes = await asyncio.gather(*(build.apply(each) for each in steps), return_exceptions=True)
        lost = [each for each in outcomes if isinstance(each, Conflict)]
        assert len(lost) == 3 and {each.guard for each in lost} == {"version"}
        assert await till.read.balances(author_account(ada.id)) == [
            Balance(author_account(ada.id), "EUR", -500)
        ]

    async def test_payments_are_guarded(self, storage: Storage, build: Builder, till: Till) -> None:
        ada, bob = await build.people("ada", "bob")
        first = await till.begun(bob, ada, gateway_id="g1")
        second = await till.begun(bob, ada)
        await refused(build, "id", AddPayment(payment=first))
        await refused(build, "exists", AddPayment(payment=replace(till.draft(bob, ada), payer_id=1)))
        await refused(build, "exists", AddPayment(payment=replace(till.draft(bob, ada), payee_id=1)))
        await refused(build, "gateway_id", AddPayment(payment=till.draft(bob, ada, gateway_id="g1")))
        taken = replace(second, gateway_id="g1", version=2)
        await refused(build, "gateway_id", RecordPayment(payment=taken))
        await refused(build, "exists", RecordPayment(payment=replace(first, id=1, version=2)))
        await refused(build, "version", RecordPayment(payment=replace(first, version=3)))
        # The same id at another gateway is another payment.
        await till.begun(bob, ada, gateway="other", gateway_id="g1")

    async def test_who_pays_whom_how_much_never_changes(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.begun(bob, ada)
        other = replace(
            payment, payer_id=ada.id, payee_id=bob.id, amount=Money(1, "USD"), created_at=1, version=2
        )
        await build.apply(RecordPayment(payment=other))
        assert await till.read.get(payment.id) == replace(payment, version=2)

    async def test_balances_are_by_account_and_currency_and_all_in_all_zero(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        assert await till.read.balances() == [] == await till.read.ledger_balance()
        await till.captured(bob, ada, 500)
        await till.captured(cy, ada, 700, amount=Money(700, "JPY"), gateway="other")
        disputed = await till.captured(cy, bob, 90)
        await till.becomes(disputed, PaymentState.DISPUTED)
        back = await till.captured(cy, bob, 80)
        await till.becomes(back, PaymentState.REFUNDED, 80)
        await till.begun(cy, bob, 1000)
        expected = [
            Balance(author_account(ada.id), "EUR", -500),
            Balance(author_account(ada.id), "JPY", -700),
            Balance(gateway_account("bank"), "EUR", 590),
            Balance(gateway_account("other"), "JPY", 700),
            Balance(held_account(bob.id), "EUR", -90),
        ]
        assert await till.read.balances() == sorted(expected, key=lambda each: (each.account, each.currency))
        assert await till.read.balances(author_account(ada.id)) == expected[:2]
        assert await till.read.balances(author_account(bob.id)) == []
        assert await till.read.ledger_balance() == [Balance("", "EUR", 0), Balance("", "JPY", 0)]

    async def test_earnings_are_by_day_and_month(self, storage: Storage, build: Builder, till: Till) -> None:
        ada, bob = await build.people("ada", "bob")
        today = NOON // DAY
        await till.captured(bob, ada, 500)
        await till.captured(bob, ada, 250)
        await till.captured(bob, ada, 300, product=Product.MEMBERSHIP)
        await till.captured(bob, ada, 999, amount=Money(999, "JPY"))
        await till.captured(ada, bob, 7)
        build.clock.advance(40 * 24 * 3600)
        last = await till.captured(bob, ada, 1000)
        await till.becomes(last, PaymentState.PARTIALLY_REFUNDED, 400)
        found = await till.read.earned_by_day(ada.id, 0, NOON + 99 * DAY)
        assert [(e.bucket, e.product, e.currency, e.minor, e.payments) for e in found] == [
            (today, Product.MEMBERSHIP, "EUR", 300, 1),
            (today, Product.TIP, "EUR", 750, 2),
            (today, Product.TIP, "JPY", 999, 1),
            (today + 40, Product.TIP, "EUR", 600, 1),
        ]
        later = await till.read.earned_by_day(ada.id, NOON + DAY, NOON + 99 * DAY)
        assert [each.bucket for each in later] == [today + 40]
        assert await till.read.earned_by_day(ada.id, 0, NOON) == []
        months = await till.read.earned_by_month(ada.id)
        january = (2026 - 1970) * 12
        assert [(e.bucket, e.product, e.currency, e.minor, e.payments) for e in months] == [
            (january, Product.MEMBERSHIP, "EUR", 300, 1),
            (january, Product.TIP, "EUR", 750, 2),
            (january, Product.TIP, "JPY", 999, 1),
            (january + 1, Product.TIP, "EUR", 600, 1),
        ]

    async def test_payments_are_listed_by_who_pays_and_who_is_paid(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        first = await till.captured(bob, ada)
        second = await till.begun(bob, cy)
        third = await till.begun(cy, ada, attention="Look at this.")
        assert [each.payment.id for each in (await till.read.page(ALL)).items] == [
            third.id,
            second.id,
            first.id,
        ]
        by_bob = await till.read.paid_by(bob.id, ALL)
        assert [each.payment.id for each in by_bob.items] == [second.id, first.id]
        to_ada = await till.read.paid_to(ada.id, ALL)
        assert [each.payment for each in to_ada.items] == [first]
        created = await till.read.page(ALL, state=PaymentState.CREATED)
        assert [each.payment.id for each in created.items] == [third.id, second.id]
        assert [each.payment.id for each in (await till.read.page(ALL, attention=True)).items] == [third.id]
        both = await till.read.page(ALL, state=PaymentState.CAPTURED, attention=True)
        assert both.items == ()
        newest = await till.read.page(Page(limit=1))
        assert newest.older == third.id
        assert [each.payment.id for each in (await till.read.page(Page(limit=1, max_id=third.id))).items] == [
            second.id
        ]

    async def test_whoever_was_deleted_has_no_name_in_payments(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.captured(bob, ada)
        await build.set_state(bob, AccountState.DELETED)
        paid = await till.read.paid(payment.id)
        assert paid is not None and paid.payer is None and paid.payee is not None
        assert (await till.read.paid_to(ada.id, ALL)).items == (paid,)
        assert await till.read.ledger_balance() == [Balance("", "EUR", 0)]

    async def test_when_somebody_is_erased_their_words_go_and_the_ledger_stays(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payment = await till.captured(bob, ada, description="Tip for @ada", note="Thank you, Ada")
        tier = await till.tier(ada, "Friends of Ada", description="All")
        membership = await till.membership(bob, tier, description="Membership of @ada")
        await build.apply(PutPayee(payee=Payee(account_id=ada.id, currency="EUR", updated_at=1)))
        entries = await till.read.entries(payment.id)
        await build.apply(AddDeparture(account_id=ada.id, left_at=1, due_at=2))
        await build.set_state(ada, AccountState.DELETED)
        assert await storage.departures.leftovers(ada.id)
        while await storage.departures.leftovers(ada.id):
            await build.apply(EraseAccount(account_id=ada.id, limit=1))
        assert await till.read.get(payment.id) == replace(payment, description="", note="")
        assert await till.read.membership(membership.id) == replace(membership, description="")
        assert await till.read.tier(tier.id) == replace(tier, name="", description="")
        assert await till.read.payee(ada.id) is None
        assert await till.read.entries(payment.id) == entries

    async def test_what_is_open_is_found_by_its_age(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first, second = await till.begun(bob, ada), await till.begun(bob, ada)
        await till.captured(bob, ada)
        await till.becomes(await till.begun(bob, ada), PaymentState.FAILED)
        pending = await till.becomes(second, PaymentState.PENDING)
        build.clock.advance(60)
        now = build.clock.now()
        young = await till.begun(bob, ada)
        assert await till.read.open(before=now, after_id=0, limit=10) == [first, pending]
        assert await till.read.open(before=now, after_id=first.id, limit=10) == [pending]
        assert await till.read.open(before=now, after_id=0, limit=1) == [first]
        assert young in await till.read.open(before=now + DAY, after_id=0, limit=10)

    async def test_the_ledger_is_read_forwards_and_backwards(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        payments = [await till.captured(bob, ada) for _ in range(3)]
        entries: list[Entry] = []
        for payment in payments:
            entries += await till.read.entries(payment.id)
        listed = (await till.read.ledger(ALL)).items
        assert [each.entry for each in listed] == entries[::-1]
        assert [each.payment.id for each in listed] == [each.payment_id for each in entries[::-1]]
        assert [each.entry for each in await till.read.export(0, 4)] == entries[:4]
        assert [each.entry for each in await till.read.export(entries[3].id, 9)] == entries[4:]

    async def test_a_webhook_is_kept_byte_for_byte_once(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        values: dict[str, Any] = {"kind": NoticeKind.PAYMENT, "gateway_id": "g1", "received_at": 5}
        body = bytes(range(256))
        rung = AddGatewayWebhook(id=build.next_id(), gateway="bank", event_id="e1", body=body, **values)
        await build.apply(rung)
        kept = await till.read.webhook("bank", "e1")
        assert kept is not None and (kept.body, kept.handled_at, kept.received_at) == (body, 0, 5)
        assert (kept.id, kept.kind, kept.gateway_id) == (rung.id, NoticeKind.PAYMENT, "g1")
        await refused(build, "webhook", replace(rung, id=build.next_id(), body=b"other"))
        await build.apply(replace(rung, id=build.next_id(), gateway="other"))
        for moment in (7, 8):
            await build.apply(HandleGatewayWebhook(gateway="bank", event_id="e1", handled_at=moment))
        handled = await till.read.webhook("bank", "e1")
        assert handled == replace(kept, handled_at=7)
        await build.apply(PruneGatewayWebhooks(before=7, limit=10))
        assert await till.read.webhook("bank", "e1") == handled
        await build.apply(PruneGatewayWebhooks(before=8, limit=10))
        assert await till.read.webhook("bank", "e1") is None
        assert await till.read.webhook("other", "e1") is not None
