"""Reports."""

from __future__ import annotations

import pytest

from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import ReportCategory
from microblog_core.domain.rules import Rule
from microblog_core.domain.timelines import Page


async def reported(house):
    listing = await house.site.ports.storage.reports.page(None, Page())
    return [entry.report for entry in listing.items]


async def test_a_report_names_the_posts_that_were_chosen(house):
    ada_account, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    good = await house.write(eve_account, "A good one")
    bad = await house.write(eve_account, "A bad one")
    worse = await house.write(eve_account, "A worse one")
    assert f"/accounts/{eve_account.id}/report" in (await ada.get("/@eve")).text
    page = await ada.get(f"/accounts/{eve_account.id}/report?post={bad.post.id}")
    form = page.form("category", "comment")
    assert form.fields[f"post_{bad.post.id}"] == "1"
    assert f"post_{good.post.id}" not in form.fields
    values = {f"post_{worse.post.id}": "1", "category": "spam", "comment": "Look at these"}
    assert (await ada.submit(form, **values)).location == "/@eve"
    assert "Thank you." in (await ada.get("/@eve")).text
    (report,) = await reported(house)
    assert (report.reporter_id, report.target_id) == (ada_account.id, eve_account.id)
    assert set(report.post_ids) == {bad.post.id, worse.post.id}
    assert (report.category, report.comment) == (ReportCategory.SPAM, "Look at these")


async def test_an_old_post_that_the_report_begins_at_is_offered_too(house):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    old = await house.write(eve_account, "Long ago")
    for number in range(15):
        await house.write(eve_account, f"Later {number}")
    page = await ada.get(f"/accounts/{eve_account.id}/report?post={old.post.id}")
    assert page.form("comment").fields[f"post_{old.post.id}"] == "1"


async def test_rules_are_offered_and_make_it_a_violation(open_house):
    async with open_house(rules=(Rule(id="kind", text="Be kind"),)) as house:
        _, ada = await house.person("ada")
        eve_account, _ = await house.person("eve")
        page = await ada.get(f"/accounts/{eve_account.id}/report")
        assert "Be kind" in page.text
        await ada.submit(page.form("comment"), rule_kind="1")
        (report,) = await reported(house)
        assert (report.category, report.rule_ids) == (ReportCategory.VIOLATION, ("kind",))


@pytest.mark.parametrize("values", [{"comment": "x" * 1001}, {"category": "nonsense"}, {"category": ""}])
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(house, values):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    entry = await house.write(eve_account, "A bad one")
    form = (await ada.get(f"/accounts/{eve_account.id}/report")).form("comment")
    sent = {"comment": "Kept", f"post_{entry.post.id}": "1", **values}
    page = await ada.submit(form, **sent)
    assert page.status == 422
    assert f'id="e-{next(iter(values))}"' in page.text
    fields = page.form("comment").fields
    assert (fields["comment"], fields[f"post_{entry.post.id}"]) == (sent["comment"], "1")
    assert await reported(house) == []


async def test_posts_that_one_may_not_see_are_not_shown_and_not_taken(house):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    hidden = await house.write(eve_account, "For followers", visibility=Visibility.FOLLOWERS)
    address = f"/accounts/{eve_account.id}/report?post={hidden.post.id}"
    page = await ada.get(address)
    assert "For followers" not in page.text
    form = page.form("comment")
    page = await ada.post(form.action, {**form.fields, f"post_{hidden.post.id}": "1"})
    assert page.status == 404
    assert "or you may not see it" in page.text
    assert await reported(house) == []


async def test_one_reports_others_who_are_there(house):
    account, ada = await house.person("ada")
    assert (await ada.get("/accounts/12345/report")).status == 404
    form = (await ada.get(f"/accounts/{account.id}/report")).form("comment")
    page = await ada.submit(form)
    assert page.status == 422
    assert "report yourself" in page.text.replace("&#39;", "'")
