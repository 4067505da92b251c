"""Announcements: written by administrators, seen on the home page until they are dismissed."""

from __future__ import annotations

from microblog_core.domain.accounts import Role


async def announce(browser, **values):
    form = (await browser.get("/admin/announcements/new")).form("text", "starts_at")
    return await browser.submit(form, **values)


async def test_an_announcement_stands_on_the_home_page_until_it_is_dismissed(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    _, ada = await house.person("ada")
    assert 'class="announced"' not in (await ada.get("/")).text
    assert (await announce(boss, text="Tea at five #tea")).status == 303
    home = await ada.get("/")
    assert 'class="announced"' in home.text and 'href="/tags/tea"' in home.text
    assert '<form class="composer"' in home.text
    form = next(each for each in home.forms() if each.action.endswith("/dismiss"))
    gone = await ada.submit(form)
    assert (gone.status, gone.location) == (303, "/")
    assert 'class="announced"' not in (await ada.get("/")).text
    assert "Tea at five" in (await ada.get("/announcements")).text
    assert "Tea at five" in (await (await house.visitor()).get("/announcements")).text
    assert 'class="announced"' in (await boss.get("/")).text


async def test_people_react_and_take_it_back_without_any_script(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    _, ada = await house.person("ada")
    await announce(boss, text="Tea")
    page = await ada.get("/announcements")
    form = next(each for each in page.forms() if each.action.endswith("/react"))
    answer = await ada.post(form.action, {**form.fields, "name": "🎉"})
    assert answer.status == 303 and answer.location.startswith("/announcements#a")
    page = await ada.get("/announcements")
    assert 'aria-pressed="true">🎉 <span>1</span>' in page.text
    visitor = await (await house.visitor()).get("/announcements")
    assert "🎉 1" in visitor.text and "/react" not in visitor.text
    await ada.post(form.action.replace("react", "take-back"), {**form.fields, "name": "🎉"})
    assert 'aria-pressed="true"' not in (await ada.get("/announcements")).text
    assert (await ada.post(form.action, {**form.fields, "name": "x"})).status == 422
    for path in ("/announcements/1/react", "/announcements/x/dismiss", f"{form.action}x"):
        assert (await ada.post(path, {**form.fields, "name": "🎉"})).status == 404


async def test_one_that_is_scheduled_comes_and_goes_by_itself(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    _, ada = await house.person("ada")
    await announce(boss, text="Later", starts_at="2026-01-02T10:00", ends_at="2026-01-02T11:00")
    assert "Scheduled" in (await boss.get("/admin/announcements")).text
    seen = []
    for seconds in (0, 22.5 * 3600, 3600):
        house.clock.advance(seconds)
        seen.append("Later" in (await ada.get("/")).text)
    assert seen == [False, True, False]
    assert "Over" in (await boss.get("/admin/announcements")).text


async def test_administrators_edit_withdraw_publish_and_delete(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    _, ada = await house.person("ada")
    wrong = await announce(boss, text=" ", starts_at="soon", ends_at="2026-01-02T11:00")
    assert wrong.status == 422 and "Give a moment such as" in wrong.text
    wrong = await announce(boss, text="x", starts_at="2026-01-02T11:00", ends_at="2026-01-02T11:00")
    assert wrong.status == 422 and "Let it end after it starts." in wrong.text
    await announce(boss, text="First")
    page = await boss.get("/admin/announcements")
    path = (
        "/admin/announcements/"
        + page.text.rpartition('small" href="/admin/announcements/')[2].partition('"')[0]
    )
    form = (await boss.get(path)).form("text", "starts_at")
    assert form.fields["text"].strip() == "First"
    await boss.submit(form, text="Second")
    assert "Second" in (await ada.get("/")).text
    for doing, shown in (("withdraw", False), ("publish", True), ("delete", False)):
        button = next(
            each for each in (await boss.get("/admin/announcements")).forms() if path in each.action
        )
        assert (await boss.post(f"{path}/{doing}", button.fields)).status == 303
        assert ("Second" in (await ada.get("/")).text) is shown
    assert (await boss.get(path)).status == 404
    assert "Nothing was announced yet" in (await boss.get("/admin/announcements")).text
