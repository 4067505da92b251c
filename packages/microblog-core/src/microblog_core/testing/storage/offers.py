"""Who is paid for what: payees, tiers and memberships of a storage with the capability `ledger`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.memberships import Membership, Payee
from microblog_core.domain.money import Money
from microblog_core.domain.payments import (
    SubscriptionState,
)
from microblog_core.ports.operations.payments import (
    AddMembership,
    PutPayee,
    PutTier,
    RecordMembership,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused
from microblog_core.testing.storage.till import Till

DAY = 24 * 3600 * 1000


class OfferTests(StorageTests):
    """Who is paid for what."""

    @pytest.fixture
    def till(self, build: Builder) -> Till:
        """Takes payments."""
        return Till(build)

    async def test_people_say_how_they_want_to_be_paid(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        (ada,) = await build.people("ada")
        assert await till.read.payee(ada.id) is None
        payee = Payee(account_id=ada.id, currency="EUR", amounts=(100, 500), updated_at=1)
        await build.apply(PutPayee(payee=payee))
        assert await till.read.payee(ada.id) == payee
        changed = Payee(account_id=ada.id, currency="JPY", tips=False, updated_at=2)
        await build.apply(PutPayee(payee=changed))
        assert await till.read.payee(ada.id) == changed
        await refused(build, "exists", PutPayee(payee=replace(payee, account_id=1)))

    async def test_tiers_belong_to_their_author_and_there_are_only_so_many(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first = await till.tier(ada, yearly=None, description="For *friends*")
        second = await till.tier(ada, "Patrons", monthly=None)
        assert await till.read.tiers(ada.id) == [first, second]
        assert await till.read.tier(second.id) == second
        assert await till.read.tier(1) is None
        third = replace(first, id=build.next_id(), name="More")
        await refused(build, "limit", PutTier(tier=third, limit=2))
        stolen = replace(first, account_id=bob.id)
        await refused(build, "exists", PutTier(tier=stolen, limit=2))
        await refused(build, "exists", PutTier(tier=replace(third, account_id=1), limit=2))
        retired = replace(first, name="Old", monthly=Money(400, "EUR"), retired_at=9)
        await build.apply(PutTier(tier=retired, limit=2))
        await build.apply(PutTier(tier=third, limit=2))
        assert await till.read.tiers(ada.id) == [retired, second, third]
        offer = await till.read.offer(None, ada.id, 0)
        assert (offer.payee, offer.tiers, offer.membership) == (None, (second, third), None)

    async def test_somebody_has_one_live_membership_of_an_author(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        tier = await till.tier(ada)
        first = await till.membership(bob, tier, gateway_id="s1", paid_until=50, access_until=60)
        assert await till.read.membership(first.id) == first
        assert await till.read.membership_by_gateway("bank", "s1") == first
        assert await till.read.membership_by_gateway("bank", "") is None
        assert await till.read.live_membership(bob.id, ada.id) == first
        assert await till.read.live_membership(ada.id, bob.id) is None
        again = till.draft_membership(bob, tier)
        await refused(build, "membership", AddMembership(membership=again))
        await refused(build, "id", AddMembership(membership=replace(again, id=first.id, member_id=cy.id)))
        await refused(build, "exists", AddMembership(membership=replace(again, member_id=1)))
        taken = replace(again, member_id=cy.id, gateway_id="s1")
        await refused(build, "gateway_id", AddMembership(membership=taken))
        ended = replace(first, state=SubscriptionState.ENDED, ended_at=40, version=2)
        await build.apply(RecordMembership(membership=ended))
        assert await till.read.live_membership(bob.id, ada.id) is None
        await build.apply(AddMembership(membership=again))
        revived = replace(ended, state=SubscriptionState.ACTIVE, version=3)
        await refused(build, "membership", RecordMembership(membership=revived))
        await refused(build, "version", RecordMembership(membership=replace(again, version=3)))
        await refused(build, "exists", RecordMembership(membership=replace(again, id=1, version=2)))

    async def test_an_offer_says_whether_the_viewer_is_a_member(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        tier = await till.tier(ada)
        ended = await till.membership(bob, tier, state=SubscriptionState.ENDED, access_until=100)
        assert (await till.read.offer(bob.id, ada.id, 99)).membership == ended
        assert (await till.read.offer(bob.id, ada.id, 100)).membership is None
        assert (await till.read.offer(ada.id, ada.id, 99)).membership is None
        assert (await till.read.offer(None, ada.id, 99)).membership is None
        pending = await till.membership(bob, tier, state=SubscriptionState.PENDING)
        await till.membership(bob, tier, state=SubscriptionState.ENDED, access_until=100)
        assert (await till.read.offer(bob.id, ada.id, 99)).membership == pending

    async def test_memberships_are_listed_for_members_and_authors(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        tier, other = await till.tier(ada), await till.tier(cy)
        first = await till.membership(bob, tier, access_until=100)
        second = await till.membership(bob, other, state=SubscriptionState.ENDED, access_until=50)
        third = await till.membership(cy, tier, access_until=50)
        mine = (await till.read.memberships(bob.id, ALL)).items
        assert [(each.membership, each.tier) for each in mine] == [(second, other), (first, tier)]
        assert mine[1].member is not None and mine[1].author is not None
        assert (mine[1].member.id, mine[1].author.id) == (bob.id, ada.id)
        theirs = await till.read.members(ada.id, ALL, 49)
        assert [each.membership for each in theirs.items] == [third, first]
        assert [each.membership for each in (await till.read.members(ada.id, ALL, 50)).items] == [first]
        assert [await till.read.count_members(ada.id, now) for now in (49, 50, 100)] == [2, 1, 0]
        both = (ada.id, cy.id)
        assert await till.read.member_of(bob.id, both, 49) == {ada.id, cy.id}
        assert await till.read.member_of(bob.id, both, 50) == {ada.id}
        assert await till.read.member_of(bob.id, (cy.id,), 50) == frozenset()
        assert await till.read.member_of(bob.id, (), 49) == frozenset()
        await build.set_state(bob, AccountState.DELETED)
        assert (await till.read.members(ada.id, ALL, 50)).items[0].member is None
        assert await till.read.count_members(ada.id, 50) == 1

    async def test_memberships_that_must_be_asked_about_are_due(
        self, storage: Storage, build: Builder, till: Till
    ) -> None:
        ada, bob, cy, dee = await build.people("ada", "bob", "cy", "dee")
        tier = await till.tier(ada)
        started = build.clock.now()
        pending = await till.membership(bob, tier, state=SubscriptionState.PENDING)
        active = await till.membership(cy, tier, paid_until=started + 2 * DAY)
        late = await till.membership(
            dee, tier, state=SubscriptionState.PAST_DUE, paid_until=started - 1, access_until=1
        )
        await till.membership(ada, await till.tier(dee), state=SubscriptionState.ENDED)

        async def due(now: int, before: int, after_id: int = 0, limit: int = 9) -> list[Membership]:
            found = await till.read.due_memberships(now=now, before=before, after_id=after_id, limit=limit)
            return list(found)

        assert await due(started, started) == [late]
        assert await due(started, started + DAY) == [pending, late]
        assert await due(started + 3 * DAY, started + DAY) == [pending, active, late]
        assert await due(started + 3 * DAY, started + DAY, pending.id, 1) == [active]
        await build.set_state(cy, AccountState.DELETED)
        assert await due(started, started) == [active, late]
