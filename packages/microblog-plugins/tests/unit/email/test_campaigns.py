"""Campaigns as a mail server receives them: whom they reach, when, how fast, and what ends them."""

from __future__ import annotations

import re

import pytest
from campaign_hands import GRACE, PEOPLE, Campaigns, recipients
from mail_town import MailTown
from msgspec.structs import replace

from microblog_core.domain.campaigns import Audience, CampaignState
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.operations import ConfirmEmail, UpdateLogin
from microblog_core.runtime import campaigns as jobs
from microblog_core.runtime.links import Links
from microblog_core.services import campaigns as services
from microblog_core.services.deliveries import ChangeNews, change_news, unsubscribe


async def test_everybody_gets_one_mail_with_all_that_it_needs(town, campaigns):
    await town.speak(town.bob, "de")
    campaign = await campaigns.started()
    mails = await town.work(GRACE)
    assert recipients(mails) == PEOPLE
    mail = next(each for each in mails if each.recipient == "bob@people.example")
    head = mail.message
    assert head["Subject"] == "What is new"
    assert head["From"] == "Blog <noreply@blog.example>"
    assert head["Content-Language"] == "de"
    assert head["List-Id"] == "<news.blog.example>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<https://blog\.example/unsubscribe\?token=[\w.-]+>", head["List-Unsubscribe"])
    assert len({each.message["Message-ID"] for each in mails}) == 3
    assert "Read #tea at https://tea.example" in mail.text
    assert 'href="https://blog.example/tags/tea"' in mail.html
    done = await campaigns.now(campaign)
    assert (done.state, done.counts.total, done.finished_at) == (
        CampaignState.FINISHED,
        3,
        town.clock.now(),
    )
    assert await campaigns.counts(campaign) == {"sent": 3}
    assert await town.work(3600) == []


async def test_nothing_is_sent_within_the_grace_and_cancelling_in_it_takes_the_start_back(town, campaigns):
    campaign = await campaigns.started()
    assert campaign.state is CampaignState.SCHEDULED
    assert await town.work(GRACE - 1) == []
    assert (await campaigns.do("cancel", campaign)).state is CampaignState.DRAFT
    assert await town.work(3600) == []
    await campaigns.do("start", campaign)
    assert len(await town.work(GRACE)) == 3


async def test_a_scheduled_campaign_begins_at_its_moment_for_who_is_there_then(town, campaigns):
    campaign = await campaigns.draft()
    at = town.clock.now() + 7200 * 1000
    await campaigns.do("start", campaign, at=at)
    assert await town.work(7199) == []
    await town.person("dan")
    assert recipients(await town.work(1)) == [*PEOPLE, "dan@people.example"]
    with pytest.raises(Invalid) as error:
        await campaigns.do("start", await campaigns.draft(), at=at + 400 * 24 * 3600 * 1000)
    assert set(error.value.fields) == {"at"}


async def test_who_refuses_news_gets_none_and_the_link_in_the_mail_is_enough_to(town, campaigns):
    await change_news(town.ports, town.ada, ChangeNews(wanted=False))
    await campaigns.started()
    mails = await town.work(GRACE)
    assert recipients(mails) == PEOPLE[1:]
    link = mails[0].message["List-Unsubscribe"].strip("<>")
    what = Links(town.site).read_unsubscribe(link.partition("token=")[2])
    assert what.news and what.kinds == ()
    await unsubscribe(town.ports, SYSTEM, what)
    await change_news(town.ports, town.ada, ChangeNews(wanted=True))
    await campaigns.started()
    assert recipients(await town.work(GRACE)) == ["ada@people.example", mails[1].recipient]
    # Mails about what happens are another matter.
    await town.post(town.ada, "Hello @bob @cid")
    assert len(await town.work()) == 2


async def test_the_audience_is_whom_the_filter_says(town, campaigns):
    await town.speak(town.bob, "de")
    await campaigns.started(audience=Audience(locale="de"))
    assert recipients(await town.work(GRACE)) == ["bob@people.example"]
    empty = await campaigns.started(audience=Audience(joined_after=town.clock.now() + 1))
    assert await town.work(GRACE) == []
    assert (await campaigns.now(empty)).state is CampaignState.FINISHED


async def test_an_address_that_somebody_took_over_is_not_mailed_a_second_time(town, campaigns, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 1)
    await campaigns.started(rate=12)
    assert recipients(await town.work(GRACE)) == ["ada@people.example"]
    unit = town.ports.unit()
    unit.accounts.update_login(UpdateLogin(account_id=town.ada.id, email="ada@elsewhere.example"))
    unit.accounts.update_login(UpdateLogin(account_id=town.bob.id, email="ADA@people.example"))
    unit.apply(ConfirmEmail(account_id=town.ada.id, email="ada@elsewhere.example", at=1))
    unit.apply(ConfirmEmail(account_id=town.bob.id, email="ada@people.example", at=1))
    await unit.commit()
    mails = [mail for _ in range(4) for mail in await town.work(5)]
    assert recipients(mails) == ["cid@people.example"]


async def test_a_rate_is_kept(town, campaigns):
    for number in range(9):
        await town.person(f"person{number}")
    await town.runner.run_due()
    campaign = await campaigns.started(rate=24)
    sent = [len(await town.work(GRACE))]
    for _ in range(6):
        sent.append(len(await town.work(5)))
    assert sent == [2] * 6 + [0]
    assert (await campaigns.now(campaign)).state is CampaignState.FINISHED


async def test_pausing_ends_sending_and_resuming_goes_on_where_it_was(town, campaigns):
    campaign = await campaigns.started(rate=12)
    assert len(await town.work(GRACE)) == 1
    assert (await campaigns.do("pause", campaign)).state is CampaignState.PAUSED
    assert await town.work(3600) == []
    await campaigns.do("resume", campaign)
    assert len(await town.work(0)) == 1
    # Pausing and going on within one chunk leaves one chain of jobs, not two.
    await campaigns.do("pause", campaign)
    await campaigns.do("resume", campaign)
    assert len(await town.work(0)) == 1
    await town.work(60)
    assert recipients(town.server.mails) == PEOPLE
    assert (await campaigns.now(campaign)).state is CampaignState.FINISHED


async def test_cancelling_ends_it_for_good(town, campaigns):
    campaign = await campaigns.started(rate=12)
    assert len(await town.work(GRACE)) == 1
    assert (await campaigns.do("cancel", campaign)).state is CampaignState.CANCELLED
    assert await town.work(3600) == []
    for what in ("pause", "resume", "cancel", "start", "release", "delete"):
        with pytest.raises(Conflict) as conflict:
            await campaigns.do(what, campaign)
        assert conflict.value.guard == "state"


async def test_who_is_no_operator_may_do_nothing_and_a_site_without_mail_starts_nothing(town, campaigns):
    campaign = await campaigns.draft()
    for use_case in (services.start_campaign, services.pause_campaign, services.send_test):
        with pytest.raises(Forbidden):
            await use_case(town.ports, town.ada, services.CampaignCommand(campaign_id=campaign.id))
    with pytest.raises(NotFound):
        await services.read_campaign(town.ports, SYSTEM, 1)
    from dataclasses import replace as changed

    with pytest.raises(Unavailable):
        await services.start_campaign(
            changed(town.ports, mails=False), SYSTEM, services.StartCampaign(campaign_id=campaign.id)
        )


async def test_a_draft_is_edited_by_one_at_a_time(town, campaigns):
    campaign = await campaigns.draft()
    edit = services.EditCampaign(
        campaign_id=campaign.id, version=campaign.version, name="n", subject="s", body="b", rate=5
    )
    assert (await services.edit_campaign(town.ports, SYSTEM, edit)).rate == 5
    with pytest.raises(Conflict):
        await services.edit_campaign(town.ports, SYSTEM, edit)
    wrong = replace(edit, name="", subject="s" * 500, body=" \n", rate=-1)
    with pytest.raises(Invalid) as error:
        await services.edit_campaign(town.ports, SYSTEM, wrong)
    assert set(error.value.fields) == {"name", "subject", "body", "rate"}
    nobody = replace(edit, audience=Audience(joined_after=2, joined_before=1))
    with pytest.raises(Invalid) as error:
        await services.edit_campaign(town.ports, SYSTEM, nobody)
    assert set(error.value.fields) == {"joined_before"}
    await campaigns.do("delete", campaign)
    with pytest.raises(NotFound):
        await campaigns.now(campaign)


async def test_a_test_mail_goes_to_the_operator_alone(mail_server):
    async with MailTown(mail_server) as town:
        from microblog_core.domain.accounts import Role
        from microblog_core.ports.operations import SetAccountState

        unit = town.ports.unit()
        unit.accounts.set_state(SetAccountState(account_id=town.cid.id, role=Role.ADMINISTRATOR))
        await unit.commit()
        account = await town.site.storage.accounts.get(town.cid.id)
        actor = type(town.cid)(account=account)
        campaign = await Campaigns(town).draft()
        await services.send_test(town.ports, actor, services.CampaignCommand(campaign_id=campaign.id))
        (mail,) = await town.work(0)
        assert mail.recipient == "cid@people.example"
        assert (await Campaigns(town).now(campaign)).state is CampaignState.DRAFT
