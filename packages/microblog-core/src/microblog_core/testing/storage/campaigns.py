"""Campaigns: whom they reach, who takes whom, and that nobody is taken twice."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.campaigns import (
    Audience,
    Campaign,
    CampaignCounts,
    CampaignState,
    Outcome,
    RecipientState,
    address_key,
)
from microblog_core.domain.deliveries import MAIL, STORE, paused_key
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AbandonRecipients,
    AddCampaign,
    ConfirmEmail,
    DeleteCampaign,
    PutNewsRefusal,
    PutValue,
    RecordRecipients,
    ReleaseRecipients,
    SetAccountState,
    TakeRecipients,
    Turn,
    UpdateCampaign,
    UpdateLogin,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

SENT, WAITING, FAILED = RecipientState.SENT, RecipientState.WAITING, RecipientState.FAILED
SENDING, UNCLEAR = RecipientState.SENDING, RecipientState.UNCLEAR
HOUR = 3600 * 1000


async def confirmed(build: Builder, *names: str) -> list[Account]:
    """People whose addresses are confirmed."""
    people = await build.people(*names)
    for each in people:
        await build.apply(ConfirmEmail(account_id=each.id, email=f"{each.username}@example.org", at=1))
    return people


async def running(build: Builder, **changes: Any) -> Campaign:
    """A campaign that runs."""
    values = {"name": "May", "subject": "News", "body": "Hello", "state": CampaignState.RUNNING, **changes}
    campaign = Campaign(id=build.next_id(), created_at=build.clock.now(), **values)
    await build.apply(AddCampaign(campaign=campaign))
    return campaign


def taking(campaign: Campaign, claim: int, *people: Account, **changes: Any) -> TakeRecipients:
    """The operation that takes these under a claim."""
    turns = tuple(Turn(each.id, f"{each.username}@example.org") for each in people)
    values = {
        "version": campaign.version,
        "cursor": people[-1].id if people else 0,
        "turns": turns,
        **changes,
    }
    return TakeRecipients(campaign_id=campaign.id, claim=claim, at=5, **values)


def recording(campaign: Campaign, claim: int, *outcomes: Outcome) -> RecordRecipients:
    """The operation that says what became of them."""
    return RecordRecipients(campaign_id=campaign.id, claim=claim, at=9, outcomes=outcomes)


async def stored(storage: Storage, campaign: Campaign) -> Campaign:
    """The campaign as it is now."""
    found = await storage.campaigns.get(campaign.id)
    assert found is not None
    return found


async def counted(storage: Storage, campaign: Campaign) -> dict[str, int]:
    """The counts that aren't zero, after a look at the rows themselves."""
    counts = (await stored(storage, campaign)).counts
    for state in RecipientState:
        if state is not RecipientState.SKIPPED:
            rows = (await storage.campaigns.recipients(campaign.id, state, Page(limit=80))).items
            assert getattr(counts, state) == len(rows), state
    return {
        name: getattr(counts, name)
        for name in CampaignCounts.__struct_fields__
        if getattr(counts, name) and name != "total"
    }


async def reached(storage: Storage, audience: Audience, **bounds: int) -> list[str]:
    """The names of an audience, by one read."""
    values = {"after": 0, "up_to": MAX_ID, "limit": 50, **bounds}
    chunk = await storage.campaigns.audience(audience, **values)
    return [each.account.username for each in chunk.addressees]


class CampaignTests(StorageTests):
    """Campaigns, their audiences, and their recipients."""

    async def test_only_who_can_get_mail_and_wants_news_is_in_an_audience(
        self, storage: Storage, build: Builder
    ) -> None:
        names = ("ada", "bob", "cid", "dan", "eve", "fay", "gil")
        ada, bob, cid, dan, eve, fay, gil = await confirmed(build, *names)
        await build.account("hal", domain="far.example")
        await build.account("ian")
        for account, state in ((bob, "silenced"), (cid, "suspended"), (dan, "disabled"), (eve, "deleted")):
            await build.set_state(account, AccountState(state))
        await build.apply(PutValue(plugin=STORE, key=paused_key(fay.id, MAIL), value=b'{"at":1}'))
        await build.apply(PutNewsRefusal(account_id=gil.id, refused=True, at=1))
        await build.apply(PutNewsRefusal(account_id=gil.id, refused=True, at=2))
        assert await reached(storage, Audience()) == ["ada", "bob"]
        assert await storage.campaigns.count(Audience()) == 2
        assert await storage.campaigns.refuses_news(gil.id)
        await build.apply(PutNewsRefusal(account_id=gil.id, refused=False, at=3))
        assert not await storage.campaigns.refuses_news(gil.id)
        assert await reached(storage, Audience()) == ["ada", "bob", "gil"]
        await build.apply(UpdateLogin(account_id=ada.id, email="new@example.org"))
        assert await reached(storage, Audience()) == ["bob", "gil"]
        for refusal in (True, False):
            await refused(build, "exists", PutNewsRefusal(account_id=1, refused=refusal, at=1))

    async def test_an_audience_is_restricted_by_each_of_its_filters(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid = await confirmed(build, "ada", "bob", "cid")
        await build.apply(
            SetAccountState(account_id=ada.id, role=Role.MODERATOR),
            UpdateLogin(account_id=bob.id, locale="de"),
        )
        build.clock.advance(24 * 3600)
        post = await build.post(bob)
        await build.session(cid, "token")
        logged_in = build.clock.now()
        for audience, names in (
            (Audience(), ["ada", "bob", "cid"]),
            (Audience(roles=(Role.MODERATOR, Role.ADMINISTRATOR)), ["ada"]),
            (Audience(roles=(Role.MEMBER,)), ["bob", "cid"]),
            (Audience(locale="de"), ["bob"]),
            (Audience(locale="en"), ["ada", "cid"]),
            (Audience(joined_after=bob.created_at), ["bob", "cid"]),
            (Audience(joined_before=bob.created_at), ["ada"]),
            (Audience(active_since=post.created_at), ["bob", "cid"]),
            (Audience(active_since=logged_in + HOUR), []),
            (Audience(locale="en", active_since=post.created_at, joined_after=bob.created_at), ["cid"]),
        ):
            assert await reached(storage, audience) == names, audience
            assert await storage.campaigns.count(audience) == len(names), audience

    async def test_an_audience_is_read_in_chunks_by_account(self, storage: Storage, build: Builder) -> None:
        people = await confirmed(build, *(f"person{number}" for number in range(7)))
        read, after, found = storage.campaigns.audience, 0, list[int]()
        while True:
            chunk = await read(Audience(), after=after, up_to=people[5].id, limit=2)
            assert len(chunk.addressees) <= 2
            found += [each.account.id for each in chunk.addressees]
            if chunk.ended:
                break
            assert chunk.cursor > after
            after = chunk.cursor
        assert found == [each.id for each in people[:6]]
        first = (await read(Audience(), after=0, up_to=MAX_ID, limit=1)).addressees[0]
        assert (first.account, first.login.email) == (people[0], "person0@example.org")
        assert (first.attempts, first.eligible) == (0, True)

    async def test_a_campaign_is_stored_changed_by_version_and_listed(
        self, storage: Storage, build: Builder
    ) -> None:
        (ada,) = await confirmed(build, "ada")
        audience = Audience(roles=(Role.MEMBER,), locale="de", joined_after=3)
        first = await running(build, audience=audience, rate=60, state=CampaignState.DRAFT, created_by=ada.id)
        second = await running(build)
        assert await stored(storage, first) == first
        listed = (await storage.campaigns.page(Page(limit=10))).items
        assert [each.id for each in listed] == [second.id, first.id]
        after = replace(first, version=2, subject="Late news", starts_at=7, counts=CampaignCounts(total=9))
        await build.apply(UpdateCampaign(campaign=after))
        assert await stored(storage, first) == after
        await refused(build, "version", UpdateCampaign(campaign=after))
        await refused(build, "exists", UpdateCampaign(campaign=replace(after, id=1)))
        await refused(build, "id", AddCampaign(campaign=first))
        await refused(build, "version", DeleteCampaign(campaign_id=first.id, version=1))
        await refused(build, "exists", DeleteCampaign(campaign_id=1, version=1))
        await build.apply(taking(second, 1, ada))
        await build.apply(DeleteCampaign(campaign_id=second.id, version=2))
        assert await storage.campaigns.get(second.id) is None
        assert await storage.campaigns.get(1) is None

    async def test_of_two_that_take_the_same_one_gets_it(self, storage: Storage, build: Builder) -> None:
        ada, bob = await confirmed(build, "ada", "bob")
        campaign = await running(build)
        await build.apply(taking(campaign, 1, ada))
        await refused(build, "version", taking(campaign, 2, ada))
        await refused(build, "exists", taking(replace(campaign, id=1), 2, ada))
        moved = await stored(storage, campaign)
        assert (moved.version, moved.cursor, moved.taken_at) == (2, ada.id, 5)
        assert list(await storage.campaigns.claimed(campaign.id, 1)) == [ada.id]
        assert list(await storage.campaigns.claimed(campaign.id, 2)) == []
        paused = replace(moved, state=CampaignState.PAUSED, version=3)
        await build.apply(UpdateCampaign(campaign=paused))
        await refused(build, "version", taking(paused, 3, bob))

    async def test_neither_an_account_nor_an_address_is_taken_twice(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid = await confirmed(build, "ada", "bob", "cid")
        campaign = await running(build)
        same = tuple(Turn(each.id, "same@example.org") for each in (ada, bob))
        await build.apply(taking(campaign, 1, cursor=bob.id, turns=same))
        assert list(await storage.campaigns.claimed(campaign.id, 1)) == [ada.id]
        sent = recording(campaign, 1, Outcome(account_id=ada.id, state=SENT))
        await build.apply(sent)
        again = (Turn(ada.id, "other@example.org"), Turn(cid.id, "same@example.org"))
        await build.apply(taking(campaign, 2, version=2, cursor=cid.id, turns=again))
        assert list(await storage.campaigns.claimed(campaign.id, 2)) == []
        assert await counted(storage, campaign) == {"sent": 1, "skipped": 3}
        other = await running(build)
        await build.apply(taking(other, 3, ada, bob))
        assert await counted(storage, other) == {"sending": 2}

    async def test_what_becomes_of_each_is_counted_and_listed(self, storage: Storage, build: Builder) -> None:
        people = await confirmed(build, "ada", "bob", "cid", "dan")
        ada, bob, cid, dan = people
        campaign = await running(build)
        await build.apply(taking(campaign, 1, *people))
        assert await counted(storage, campaign) == {"sending": 4}
        await build.apply(
            recording(
                campaign,
                1,
                Outcome(account_id=ada.id, state=SENT, attempts=1),
                Outcome(account_id=bob.id, state=WAITING, attempts=1, due_at=50, error="451 'later'"),
                Outcome(account_id=cid.id, state=FAILED, attempts=1, error="550 no"),
            ),
        )
        assert await counted(storage, campaign) == {"sending": 1, "sent": 1, "waiting": 1, "failed": 1}
        # Neither under another claim nor a second time.
        await build.apply(recording(campaign, 2, Outcome(account_id=dan.id, state=SENT)))
        await build.apply(recording(campaign, 1, Outcome(account_id=cid.id, state=SENT)))
        assert await counted(storage, campaign) == {"sending": 1, "sent": 1, "waiting": 1, "failed": 1}
        (failed,) = (await storage.campaigns.recipients(campaign.id, FAILED, Page())).items
        assert (failed.username, failed.error, failed.attempts, failed.at) == ("cid", "550 no", 1, 9)
        assert await storage.campaigns.next_due(campaign.id) == 50
        assert tuple(await storage.campaigns.waiting(campaign.id, 49, 9)) == ()
        (waiting,) = await storage.campaigns.waiting(campaign.id, 50, 9)
        assert (waiting.account.id, waiting.attempts, waiting.eligible) == (bob.id, 1, True)
        assert waiting.address_key == address_key(waiting.login.email)
        await build.apply(taking(campaign, 3, version=2, again=(bob.id,)))
        assert list(await storage.campaigns.claimed(campaign.id, 3)) == [bob.id]
        assert await storage.campaigns.next_due(campaign.id) is None
        await refused(build, "recipient", taking(campaign, 4, version=3, again=(bob.id,)))

    async def test_who_waits_is_not_eligible_any_more_after_changing_their_mind_or_address(
        self, storage: Storage, build: Builder
    ) -> None:
        people = await confirmed(build, "ada", "bob", "cid", "dan")
        campaign = await running(build)
        await build.apply(taking(campaign, 1, *people))
        later = [Outcome(account_id=each.id, state=WAITING, due_at=1) for each in people]
        await build.apply(recording(campaign, 1, *later))
        ada, bob, cid, _ = people
        await build.apply(
            PutNewsRefusal(account_id=ada.id, refused=True, at=1),
            UpdateLogin(account_id=bob.id, email="b@example.org"),
            ConfirmEmail(account_id=bob.id, email="b@example.org", at=1),
        )
        await build.set_state(cid, AccountState.SUSPENDED)
        found = await storage.campaigns.waiting(campaign.id, 1, 9)
        assert [(each.account.username, each.eligible) for each in found] == [
            ("ada", False),
            ("bob", False),
            ("cid", False),
            ("dan", True),
        ]
        assert len(await storage.campaigns.waiting(campaign.id, 1, 2)) == 2

    async def test_what_a_dead_process_was_sending_is_unclear_until_somebody_says_so(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid = await confirmed(build, "ada", "bob", "cid")
        campaign = await running(build)
        await build.apply(taking(campaign, 10, ada, bob))
        await build.apply(taking(campaign, 20, cid, version=2))
        assert await counted(storage, campaign) == {"unclear": 2, "sending": 1}
        # It was only slow, after all: what it knows counts.
        await build.apply(recording(campaign, 10, Outcome(account_id=ada.id, state=SENT)))
        assert await counted(storage, campaign) == {"sent": 1, "unclear": 1, "sending": 1}
        await build.apply(AbandonRecipients(campaign_id=campaign.id, at=6))
        assert await counted(storage, campaign) == {"sent": 1, "unclear": 2}
        listed = (await storage.campaigns.recipients(campaign.id, UNCLEAR, Page())).items
        assert [(each.username, each.claim, each.at) for each in listed] == [("cid", 20, 6), ("bob", 10, 5)]
        release = ReleaseRecipients(campaign_id=campaign.id, claimed_before=10, at=7)
        await build.apply(release)
        assert await counted(storage, campaign) == {"sent": 1, "unclear": 2}
        await build.apply(replace(release, claimed_before=99, account_id=cid.id))
        assert await counted(storage, campaign) == {"sent": 1, "unclear": 1, "waiting": 1}
        await build.apply(replace(release, claimed_before=99))
        assert await counted(storage, campaign) == {"sent": 1, "waiting": 2}
        # Who was slow has nothing to say about it any more.
        await build.apply(recording(campaign, 10, Outcome(account_id=bob.id, state=SENT)))
        assert await counted(storage, campaign) == {"sent": 1, "waiting": 2}

    @pytest.mark.parametrize("state", [FAILED, SENDING])
    async def test_recipients_are_paged_by_account(
        self, storage: Storage, build: Builder, state: RecipientState
    ) -> None:
        people = await confirmed(build, *(f"person{number}" for number in range(5)))
        campaign = await running(build)
        await build.apply(taking(campaign, 1, *people))
        await build.apply(
            recording(campaign, 1, *(Outcome(account_id=each.id, state=state) for each in people))
        )
        first = await storage.campaigns.recipients(campaign.id, state, Page(limit=2))
        assert [each.account_id for each in first.items] == [people[4].id, people[3].id]
        last = await storage.campaigns.recipients(campaign.id, state, Page(limit=9, max_id=first.older))
        assert [each.account_id for each in last.items] == [each.id for each in people[2::-1]]
        assert (last.older, last.newer) == (None, people[2].id)
