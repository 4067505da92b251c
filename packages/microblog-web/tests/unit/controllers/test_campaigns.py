"""The operators' pages of campaigns: drafts, the mail as it will be, starting, progress, what went wrong."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.campaigns import CampaignState, Outcome, RecipientState
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.operations import (
    ConfirmEmail,
    RecordRecipients,
    SetAccountState,
    TakeRecipients,
    Turn,
    UpdateCampaign,
)
from microblog_core.runtime.links import Links
from microblog_core.services import campaigns as services

FIELDS = {"name": "May", "subject": "What is new", "body": "Read #tea <b>now</b>", "rate": "60"}


async def operator(house):
    account, browser = await house.person("olga")
    change = SetAccountState(account_id=account.id, role=Role.ADMINISTRATOR)
    await house.build.apply(change)
    return account, browser


async def written(house, browser, **changes):
    """A draft, by its form; its path."""
    form = (await browser.get("/admin/campaigns/new")).form("name")
    answer = await browser.post("/admin/campaigns/new", {**form.fields, **FIELDS, **changes})
    assert answer.status == 303, answer.text
    return answer.headers["location"]


async def stored(house, path):
    return await services.read_campaign(house.site.ports, SYSTEM, int(path.rpartition("/")[2]))


async def became(house, path, **changes):
    """Let a campaign be as it would be later."""
    from msgspec.structs import replace

    before = await stored(house, path)
    await house.build.apply(UpdateCampaign(campaign=replace(before, version=before.version + 1, **changes)))


async def post(browser, page_path, path, **fields):
    form = (await browser.get(page_path)).form("csrf_token")
    return await browser.post(path, {"csrf_token": form.fields["csrf_token"], **fields})


async def test_who_is_no_operator_sees_nothing_of_campaigns(house):
    _, browser = await house.person("ada")
    for path in ("/admin/campaigns", "/admin/campaigns/new", "/admin/campaigns/1"):
        assert (await browser.get(path)).status == 403
        assert (await (await house.visitor()).get(path, follow=False)).status in (303, 401)


async def test_a_site_without_campaigns_says_so_and_offers_to_write_one(house):
    _, browser = await operator(house)
    page = await browser.get("/admin/campaigns")
    assert "No campaigns yet" in page.text and 'href="/admin/campaigns/new"' in page.text
    assert "sends no mail" in page.text
    assert 'href="/admin/campaigns"' in (await browser.get("/admin/statistics")).text


async def test_a_draft_is_shown_as_a_mail_with_the_size_of_its_audience(house):
    account, browser = await operator(house)
    await house.build.apply(
        ConfirmEmail(account_id=account.id, email=f"{account.username}@example.org", at=1)
    )
    path = await written(house, browser)
    page = await browser.get(path)
    assert "What is new" in page.text and "Draft" in page.text
    assert "&lt;b&gt;now&lt;/b&gt;" in page.text and "/tags/tea" in page.text
    assert "1 people would get it now" in page.text
    assert "No more news from" in page.text
    assert "May" in (await browser.get("/admin/campaigns")).text


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(house):
    _, browser = await operator(house)
    form = (await browser.get("/admin/campaigns/new")).form("name")
    wrong = {**form.fields, **FIELDS, "subject": "", "joined_after": "yesterday", "rate": "fast"}
    page = await browser.post("/admin/campaigns/new", wrong)
    assert page.status == 422
    assert 'id="e-joined_after"' in page.text and 'id="e-rate"' in page.text
    assert "Read #tea" in page.text
    page = await browser.post("/admin/campaigns/new", {**form.fields, **FIELDS, "subject": ""})
    assert page.status == 422 and 'id="e-subject"' in page.text


async def test_a_draft_is_edited_with_its_audience_and_not_over_somebody_elses_changes(house):
    _, browser = await operator(house)
    path = await written(house, browser, role_moderator="1", joined_after="2026-01-31", locale="de")
    campaign = await stored(house, path)
    assert campaign.audience.roles == (Role.MODERATOR,)
    assert campaign.audience.joined_after == 1_769_817_600_000
    page = await browser.get(f"{path}/edit")
    form = page.form("name")
    assert form.fields["joined_after"] == "2026-01-31"
    assert re.search(r'name="role_moderator" value="1" checked', page.text)
    assert (await browser.post(f"{path}/edit", {**form.fields, "subject": "Later"})).status == 303
    assert (await stored(house, path)).subject == "Later"
    late = await browser.post(f"{path}/edit", {**form.fields, "subject": "Too late"})
    assert late.status == 409 and "Too late" in late.text
    assert (await stored(house, path)).subject == "Later"


async def test_starting_without_mail_says_what_to_set(house):
    _, browser = await operator(house)
    path = await written(house, browser)
    answer = await post(browser, path, f"{path}/start")
    assert answer.status == 503 and "plugins.email.host" in answer.text
    wrong = await post(browser, path, f"{path}/start", at="soon")
    assert wrong.status == 422 and 'id="e-at"' in wrong.text


async def test_a_running_campaign_shows_its_progress_and_reloads_without_a_script(house):
    account, browser = await operator(house)
    path = await written(house, browser)
    await became(house, path, state=CampaignState.RUNNING)
    campaign = await stored(house, path)
    await house.build.apply(
        TakeRecipients(
            campaign_id=campaign.id,
            version=campaign.version,
            cursor=account.id,
            claim=1,
            at=1,
            turns=(Turn(account.id, "olga@example.org"),),
        )
    )
    page = await browser.get(path)
    assert "<progress" in page.text and "refresh" not in page.headers
    assert f'href="{path}?follow=1"' in page.text
    assert (await browser.get(f"{path}?follow=1")).headers["refresh"] == "5"
    assert (await post(browser, path, f"{path}/pause")).status == 303
    assert (await stored(house, path)).state is CampaignState.PAUSED
    assert "refresh" not in (await browser.get(f"{path}?follow=1")).headers
    await post(browser, path, f"{path}/resume")
    await post(browser, path, f"{path}/cancel")
    assert (await stored(house, path)).state is CampaignState.CANCELLED
    await post(browser, path, f"{path}/pause")
    assert "can be paused" in (await browser.get(path)).text
    outcome = Outcome(account_id=account.id, state=RecipientState.FAILED, error="550 <no>")
    await house.build.apply(RecordRecipients(campaign_id=campaign.id, claim=1, at=2, outcomes=(outcome,)))
    assert "550 &lt;no&gt;" in (await browser.get(f"{path}/failed")).text
    assert "Nobody" in (await browser.get(f"{path}/waiting")).text
    assert (await browser.get(f"{path}/sent")).status == 404


async def test_unclear_mails_are_listed_and_sent_again_by_hand(house):
    account, browser = await operator(house)
    path = await written(house, browser)
    await became(house, path, state=CampaignState.RUNNING)
    campaign = await stored(house, path)
    olga = (Turn(account.id, "olga@example.org"),)
    for version, turns in ((campaign.version, olga), (campaign.version + 1, ())):
        await house.build.apply(
            TakeRecipients(
                campaign_id=campaign.id, version=version, cursor=account.id, claim=1, at=1, turns=turns
            )
        )
    page = await browser.get(f"{path}/unclear")
    assert "they may have arrived, or not" in page.text and "@olga" in page.text
    assert (await post(browser, f"{path}/unclear", f"{path}/release", account="x")).status == 404
    answer = await post(browser, f"{path}/unclear", f"{path}/release", account=str(account.id))
    assert answer.status == 303
    assert (await stored(house, path)).counts.waiting == 1


@pytest.mark.parametrize("path", ["/admin/campaigns/x", "/admin/campaigns/7", "/admin/campaigns/7/unclear"])
async def test_what_is_not_there_is_not_found(house, path):
    _, browser = await operator(house)
    assert (await browser.get(path)).status == 404
    assert (await post(browser, "/admin/campaigns/new", "/admin/campaigns/7/explode")).status == 404
    assert (await post(browser, "/admin/campaigns/new", "/admin/campaigns/7/pause")).status == 404


async def test_a_form_from_elsewhere_starts_nothing(house):
    _, browser = await operator(house)
    path = await written(house, browser)
    form = (await browser.get(path)).form("at")
    answer = await browser.post(f"{path}/start", form.fields, origin="https://evil.example")
    assert answer.status == 403
    assert (await stored(house, path)).state is CampaignState.DRAFT


async def test_a_draft_is_thrown_away(house):
    _, browser = await operator(house)
    path = await written(house, browser)
    assert (await post(browser, path, f"{path}/delete")).headers["location"] == "/admin/campaigns"
    assert (await browser.get(path)).status == 404


async def test_the_link_in_a_mail_ends_news_by_one_post_and_the_settings_begin_them_again(house):
    account, browser = await house.person("ada")
    refuses = house.site.storage.campaigns.refuses_news
    link = Links(house.site).refuse_news(account.id, "email").partition("localhost:8000")[2]
    link = link or Links(house.site).refuse_news(account.id, "email")
    visitor = await house.visitor()
    page = await visitor.get(link)
    assert "No more mails about" not in page.text and "news from the operators" in page.text
    assert not await refuses(account.id)
    done = await visitor.http.post(link, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200 and "news from the operators" in done.text
    assert await refuses(account.id)
    saved = await post(browser, "/settings/profile", "/settings/notifications", has_news="1", news="1")
    assert saved.status == 303 and not await refuses(account.id)
    await post(browser, "/settings/profile", "/settings/notifications", has_news="1")
    assert await refuses(account.id)


async def test_ending_all_mails_ends_news_too(house):
    account, _ = await house.person("ada")
    link = Links(house.site).unsubscribe(account.id, "email", [NotificationKind.MENTION])
    await (await house.visitor()).http.post(link.partition("8000")[2] or link, data={"all": "1"})
    assert await house.site.storage.campaigns.refuses_news(account.id)
