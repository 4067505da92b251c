"""Posts that wait for their time."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import PAGE_DEFAULT, Page
from microblog_core.services.posts import PublishPost
from microblog_core.services.scheduled import SchedulePost, read_scheduled_posts, schedule_post

LATER = "2026-01-02T10:30"


async def schedule(browser, text="Tomorrow", at=LATER, **values):
    form = (await browser.get("/compose")).form("scheduled_at")
    return await browser.submit(form, text=text, scheduled_at=at, **values)


async def waiting(house, account):
    return (await read_scheduled_posts(house.site.ports, Actor(account=account), Page())).items


async def test_a_post_with_a_time_waits_and_nobody_else_sees_it(house):
    account, ada = await house.person("ada")
    _, eve = await house.person("eve")
    answer = await schedule(ada, text="Tomorrow <b>", option_0="a", option_1="b")
    assert answer.location == "/scheduled"
    page = await ada.get("/scheduled")
    assert "Tomorrow &lt;b&gt;" in page.text and "2 Jan 2026, 10:30 UTC" in page.text
    assert "Tomorrow" not in (await ada.get("/public")).text
    assert "Nothing waits" in (await eve.get("/scheduled")).text
    (one,) = await waiting(house, account)
    token = {"csrf_token": (await eve.get("/compose")).form("text").fields["csrf_token"]}
    for what in ("move", "change", "cancel"):
        fields = {**token, "scheduled_at": LATER}
        assert (await eve.post(f"/scheduled/{one.id}/{what}", fields)).status == 404
        assert (await ada.post(f"/scheduled/{one.id}/{what}", {})).status == 403
    assert await waiting(house, account) == (one,)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-01-01T12:01", "at least 5 minutes"),
        ("2031-01-01T00:00", "within two years"),
        ("soon", "Use a date and a time"),
        ("9" * 400, "Use a date and a time"),
        ("0001-01-01T00:00+23:59", "at least 5 minutes"),
    ],
)
async def test_a_time_that_can_not_be_is_marked_and_nothing_is_lost(house, at, told):
    _, ada = await house.person("ada")
    answer = await schedule(ada, text="Words", at=at)
    assert answer.status == 422 and told in answer.text
    form = answer.form("scheduled_at")
    assert (form.fields["text"], form.fields["scheduled_at"]) == ("Words", at)


async def test_it_is_moved_in_the_list_and_a_wrong_time_is_marked_there(house):
    account, ada = await house.person("ada")
    await schedule(ada)
    form = (await ada.get("/scheduled")).form("scheduled_at")
    assert form.fields["scheduled_at"] == LATER
    for wrong in ("", "soon", "2026-01-01T11:00"):
        answer = await ada.submit(form, scheduled_at=wrong)
        assert answer.status == 422 and 'aria-invalid="true"' in answer.text
        assert answer.form("scheduled_at").fields["scheduled_at"] == wrong
    assert (await ada.submit(form, scheduled_at="2026-03-01T08:00")).location == "/scheduled"
    assert "1 Mar 2026, 08:00 UTC" in (await ada.get("/scheduled")).text
    assert len(await waiting(house, account)) == 1


async def test_to_go_on_writing_makes_it_a_draft_with_all_it_has(house):
    account, ada = await house.person("ada")
    poll = NewPoll(options=("a", "b"), expires_in=600, multiple=True)
    command = PublishPost(
        text="Words", spoiler="CW", visibility=Visibility.FOLLOWERS, language="de", poll=poll, sensitive=True
    )
    at = house.clock.now() + 86_400_000
    await schedule_post(house.site.ports, Actor(account=account), SchedulePost(post=command, scheduled_at=at))
    form = (await ada.get("/scheduled")).form("scheduled_at")
    button = next(each for each in form.buttons if each.endswith("/change"))
    answer = await ada.submit(form, button=button)
    assert not await waiting(house, account)
    fields = (await ada.get(answer.location)).form("option_0").fields
    shown = ("text", "spoiler", "visibility", "language", "option_1", "poll_lasts", "poll_multiple")
    assert [fields[name] for name in shown] == ["Words", "CW", "followers", "de", "b", "300", "1"]
    assert fields["scheduled_at"].startswith("2026-01-02T12:00")
    assert (await ada.submit((await ada.get(answer.location)).form("option_0"))).location == "/scheduled"
    assert "No drafts" in (await ada.get("/drafts")).text


async def test_a_cancelled_post_waits_no_longer(house):
    account, ada = await house.person("ada")
    await schedule(ada)
    form = (await ada.get("/scheduled")).form("scheduled_at")
    button = next(each for each in form.buttons if each.endswith("/cancel"))
    assert (await ada.submit(form, button=button)).location == "/scheduled"
    assert not await waiting(house, account)
    assert (await ada.submit(form, button=button)).status == 404


async def test_the_list_has_pages(house):
    account, ada = await house.person("ada")
    for number in range(PAGE_DEFAULT + 1):
        at = house.clock.now() + (number % 20 + 1) * 86_400_000
        command = SchedulePost(post=PublishPost(text=f"post {number}."), scheduled_at=at)
        await schedule_post(house.site.ports, Actor(account=account), command)
        house.clock.advance(1)
    page = await ada.get("/scheduled")
    assert "post 0." not in page.text
    older = re.search(r'rel="next" href="([^"]+)"', page.text)[1]
    assert "post 0." in (await ada.get(older)).text


async def test_a_thread_does_not_go_on_after_what_waits(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("scheduled_at")
    answer = await ada.submit(form, button="/compose/next", text="Words", scheduled_at=LATER)
    assert answer.status == 422 and "A thread goes on" in answer.text
