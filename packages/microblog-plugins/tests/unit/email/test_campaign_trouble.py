"""Campaigns when something goes wrong: nobody is mailed twice, and nobody is forgotten."""

from __future__ import annotations

import asyncio

import pytest
from campaign_hands import GRACE, PEOPLE, Campaigns, recipients
from mail_town import MailTown
from msgspec.structs import replace

from microblog_core.domain.campaigns import Audience, CampaignState, RecipientState
from microblog_core.domain.timelines import Page
from microblog_core.runtime import campaign_sending
from microblog_core.runtime import campaigns as jobs
from microblog_core.runtime.jobs import JobRunner


@pytest.mark.parametrize("runners", [2, 4])
async def test_of_several_runners_at_once_nobody_is_mailed_twice(town, campaigns, monkeypatch, runners):
    monkeypatch.setattr(jobs, "CHUNK", 3)
    for number in range(20):
        await town.person(f"person{number}")
    await town.runner.run_due()
    campaign = await campaigns.started()
    town.clock.advance(GRACE)
    job = (await town.site.storage.queue.page("queued", Page())).items[0]
    # The same job in several hands, as after a lease that ended too early; then what they queued.
    runner = jobs.CampaignRunner(town.site)
    await asyncio.gather(*(runner.send(replace(job, attempts=1)) for _ in range(runners)))
    others = [JobRunner(town.site, chance=lambda: 0.5) for _ in range(runners)]
    for _ in range(100):
        await asyncio.gather(*(each.run_due() for each in others))
        town.clock.advance(3)
    assert len(town.server.mails) == len({mail.recipient for mail in town.server.mails}) == 23
    assert await campaigns.counts(campaign) == {"sent": 23}


async def test_what_was_on_its_way_when_a_process_died_is_unclear_and_not_sent_again(
    town, campaigns, monkeypatch
):
    """The first handler is killed in the middle of its chunk, so suddenly that it writes nothing."""
    monkeypatch.setattr(jobs, "CHUNK", 2)
    campaign = await campaigns.started()
    await town.runner.run_due()
    town.clock.advance(GRACE)
    job = (await town.site.storage.queue.claim(town.clock.now(), limit=1, lease=15_000))[0]
    killed = jobs.CampaignRunner(town.site)

    async def nothing(unit):
        raise asyncio.CancelledError

    monkeypatch.setattr(killed, "_commit", nothing)
    with pytest.raises(asyncio.CancelledError):
        await killed.send(job)
    assert await campaigns.counts(campaign) == {"sending": 2}
    before = recipients(town.server.mails)
    town.clock.advance(20)
    await town.runner.run_due()
    assert await campaigns.counts(campaign) == {"unclear": 2, "sent": 1}
    assert recipients(town.server.mails) == sorted([*before, "cid@people.example"])
    assert (await campaigns.now(campaign)).state is CampaignState.FINISHED
    names = {each.username for each in await campaigns.those(campaign, RecipientState.UNCLEAR)}
    assert names == {"ada", "bob"}
    # Who has looked into the server's log may have them sent again, once nobody can be sending them.
    await campaigns.do("release", campaign)
    assert await town.work(1) == []
    town.clock.advance(300)
    await campaigns.do("release", campaign, account_id=town.ada.id)
    assert recipients(await town.work(1)) == ["ada@people.example"]
    await campaigns.do("release", campaign)
    assert recipients(await town.work(1)) == ["bob@people.example"]
    assert await campaigns.counts(campaign) == {"sent": 3}
    assert (await campaigns.now(campaign)).state is CampaignState.FINISHED


async def test_a_connection_lost_while_a_mail_is_handed_over_makes_it_unclear(town, campaigns):
    campaign = await campaigns.started(audience=Audience(locale="en"))
    server = town.server
    server.drop_content = True
    await town.work(GRACE)
    assert await campaigns.counts(campaign) == {"unclear": 3}
    server.drop_content = False
    assert await town.work(3600) == []
    assert (await campaigns.now(campaign)).state is CampaignState.FINISHED


async def test_a_temporary_answer_is_tried_again_and_a_permanent_one_is_not(town, campaigns):
    campaign = await campaigns.started()
    town.server.rcpt = "451 4.7.1 Come back later"
    assert await town.work(GRACE) == []
    assert await campaigns.counts(campaign) == {"waiting": 3}
    town.server.rcpt = ""
    assert await town.work(59) == []
    assert recipients(await town.work(2)) == PEOPLE
    assert await campaigns.counts(campaign) == {"sent": 3}
    refused = await campaigns.started()
    town.server.rcpt = "554 5.7.1 Not wanted"
    await town.work(GRACE)
    assert await campaigns.counts(refused) == {"failed": 3}
    town.server.rcpt = ""
    assert await town.work(3600) == []
    (first, *_) = await campaigns.those(refused, RecipientState.FAILED)
    assert "Not wanted" in first.error and first.attempts == 1
    assert (await campaigns.now(refused)).state is CampaignState.FINISHED


async def test_tries_come_to_an_end(town, campaigns, monkeypatch):
    monkeypatch.setattr(campaign_sending, "TRIES", 3)
    campaign = await campaigns.started()
    town.server.rcpt = "451 4.7.1 Come back later"
    for _ in range(4):
        await town.work(3600)
    assert await campaigns.counts(campaign) == {"failed": 3}


async def test_an_address_that_is_gone_is_paused_for_all_mails(town, campaigns):
    await campaigns.started(audience=Audience())
    town.server.rcpt = "550 5.1.1 No such user"
    await town.work(GRACE)
    town.server.rcpt = ""
    await campaigns.started()
    assert await town.work(GRACE) == []


async def test_a_server_that_is_away_is_waited_for_and_costs_nobody_a_try(mail_server, monkeypatch):
    monkeypatch.setattr(campaign_sending, "TRIES", 2)
    async with MailTown(mail_server) as town:
        campaigns = Campaigns(town)
        for number in range(9):
            await town.person(f"person{number}")
        await town.runner.run_due()
        campaign = await campaigns.started()
        mail_server.stop()
        for _ in range(8):
            await town.work(GRACE)
        counts = await campaigns.counts(campaign)
        assert counts == {"waiting": 12}
        mail_server.start()
        # The breaker rests by the real clock: let it be over.
        town.channel._guard = type(town.channel)(
            town.channel._settings,
            writer=town.channel._writer,
            sender=town.channel._sender,
            connections=town.channel._connections,
        )._guard
        for _ in range(4):
            await town.work(GRACE)
        assert len(recipients(mail_server.mails)) == len(set(recipients(mail_server.mails))) == 12
        assert await campaigns.counts(campaign) == {"sent": 12}


async def test_a_server_that_refuses_everything_pauses_the_campaign(town, campaigns):
    for number in range(25):
        await town.person(f"person{number}")
    await town.runner.run_due()
    campaign = await campaigns.started()
    town.server.rcpt = "554 5.7.1 You are not welcome"
    await town.work(GRACE)
    paused = await campaigns.now(campaign)
    assert paused.state is CampaignState.PAUSED and "not welcome" in paused.problem


async def test_stopping_a_process_leaves_nothing_unclear(town, campaigns):
    for number in range(60):
        await town.person(f"person{number}")
    await town.runner.run_due()
    campaign = await campaigns.started()
    town.clock.advance(GRACE)
    job = (await town.site.storage.queue.claim(town.clock.now(), limit=1, lease=15_000))[0]
    running = asyncio.create_task(jobs.CampaignRunner(town.site).send(job))
    await asyncio.to_thread(town.server.wait_for, 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    counts = await campaigns.counts(campaign)
    assert set(counts) == {"sent", "waiting"} and counts["sent"] == len(town.server.mails)
    town.clock.advance(20)
    await town.runner.run_due()
    assert len(town.server.mails) == len(set(recipients(town.server.mails))) == 63
