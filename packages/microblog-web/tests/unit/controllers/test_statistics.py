"""The site in numbers: for everybody, as files, for operators."""

from __future__ import annotations

import csv
import io

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.services.statistics import compute


async def counted(house):
    while await compute(house.site.ports, started=house.clock.now()):
        pass


async def filled(house):
    ada, browser = await house.person("ada")
    await house.write(ada, "Good morning #tea")
    await house.write(ada, "Good evening #tea")
    await counted(house)
    return ada, browser


async def test_a_site_that_counted_nothing_says_so(house):
    page = await (await house.visitor()).get("/about/statistics")
    assert page.status == 200
    assert "Nothing is counted yet" in page.text


@pytest.mark.parametrize("unit", ["", "/weeks", "/months"])
async def test_charts_come_with_a_table_behind_them(house, unit):
    await filled(house)
    page = await (await house.visitor()).get(f"/about/statistics{unit}")
    assert page.text.count('<svg class="chart"') == 4
    assert "<details" in page.text and "<td>2</td>" in page.text
    assert 'href="/tags/tea"' in page.text
    assert "Logged in" not in page.text and "/admin/statistics" not in page.text
    assert 'aria-current="page"' in page.text


async def test_the_page_is_kept_until_days_are_counted_again(house):
    ada, _ = await filled(house)
    visitor = await house.visitor()
    before = await visitor.get("/about/statistics")
    await house.write(ada, "one more")
    assert (await visitor.get("/about/statistics")).text == before.text
    await counted(house)
    assert "<td>3</td>" in (await visitor.get("/about/statistics")).text


async def test_files_are_of_the_last_year(house):
    await filled(house)
    visitor = await house.visitor()
    answer = await visitor.http.get("/about/statistics.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(lines), lines[-1]["day"], lines[-1]["posts"]) == (366, "2026-01-01", "2")
    assert "log_ins" not in lines[0]
    found = (await visitor.http.get("/about/statistics.json")).json()
    assert found["days"][-1]["posts"] == 2 and found["timezone"] == "UTC"


async def test_other_ranges_are_not_there(house):
    assert (await (await house.visitor()).get("/about/statistics/centuries")).status == 404


async def test_operators_see_more_and_have_days_counted_anew(house):
    ada, _ = await filled(house)
    _, operator = await house.person("olga", role=Role.ADMINISTRATOR)
    page = await operator.get("/admin/statistics")
    assert "Logged in" in page.text
    await house.write(ada, "not counted yet")
    sent = await operator.submit(page.form("first", "last"))
    assert (sent.status, sent.headers["location"]) == (303, "/admin/statistics")
    page = await operator.get("/admin/statistics")
    assert "Days counted anew: 1." in page.text and "<td>3</td>" in page.text
    assert "log_ins" in (await operator.http.get("/about/statistics.csv")).text
    for first, last in (("2026-01-02", "2026-01-01"), ("x", "y"), ("2020-01-01", "2026-01-01")):
        await operator.submit(page.form("first", "last"), first=first, last=last)
        assert "Days counted anew" not in (await operator.get("/admin/statistics")).text


async def test_the_operators_page_is_for_operators(house):
    _, member = await house.person("ada")
    _, moderator = await house.person("mona", role=Role.MODERATOR)
    assert (await (await house.visitor()).get("/admin/statistics", follow=False)).status == 303
    assert (await member.get("/admin/statistics")).status == 403
    page = await moderator.get("/admin/statistics")
    assert page.status == 200 and "/admin/statistics/recompute" not in page.text
    form = (await moderator.get("/settings/account")).form("current", "password")
    sent = await moderator.post(
        "/admin/statistics/recompute",
        {"csrf_token": form.fields["csrf_token"], "first": "2026-01-01", "last": "2026-01-01"},
    )
    assert sent.status == 403


async def test_a_site_may_keep_its_numbers_to_itself(open_house):
    async with open_house(statistics="operators") as house:
        _, operator = await house.person("olga", role=Role.MODERATOR)
        _, member = await house.person("ada")
        for browser in (await house.visitor(), member):
            for path in ("", "/weeks", ".csv", ".json"):
                assert (await browser.get(f"/about/statistics{path}")).status == 404, path
            assert "/about/statistics" not in (await browser.get("/about")).text
        page = await operator.get("/about/statistics")
        assert page.status == 200 and 'href="/admin/statistics"' in page.text
        assert "/about/statistics" in (await operator.get("/about")).text
        assert (await (await house.visitor()).get("/about/statistics")).status == 404
