"""Custom emojis: administrators add them, and they are pictures wherever people write."""

from __future__ import annotations

import io
import zipfile

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.permissions import Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.ports.operations import PutEmoji
from microblog_core.services.profiles import EditProfile, update_profile

PICTURE = '<img class="emoji" src="/media/'


async def put(house, *shortcodes, **more):
    unit = house.site.ports.unit()
    for code in shortcodes:
        unit.apply(
            PutEmoji(emoji=CustomEmoji(shortcode=code, picture_key="ab/c.png", static_key="s", **more))
        )
    await unit.commit()


async def test_an_administrator_adds_changes_and_deletes_one(drawing, send_file):
    boss, browser = await drawing.person("boss", role=Role.ADMINISTRATOR)
    visitor = await drawing.visitor()
    await drawing.write(boss, "Have some :tea:")
    assert ":tea:" in (await visitor.get("/public")).text
    wrong = await send_file(browser, "/admin/emojis", "/admin/emojis", {"file": b"no"}, shortcode="tea")
    assert wrong.status_code == 422 and 'value="tea"' in wrong.text and "no picture" in wrong.text
    answer = await send_file(browser, "/admin/emojis", "/admin/emojis", {"file": b"PIC t"}, shortcode="tea")
    assert answer.status_code == 303
    page = await visitor.get("/public")
    assert f"Have some {PICTURE}" in page.text and 'alt=":tea:"' in page.text
    listed = (await visitor.get("/emojis")).text
    assert PICTURE in listed and "<code>:tea:</code>" in listed
    form = next(
        each for each in (await browser.get("/admin/emojis/TEA")).forms() if each.action.endswith("/tea")
    )
    assert (await browser.submit(form, category="x" * 51)).status == 422
    await browser.post(form.action, {**form.fields, "disabled": "1"})
    assert "Have some :tea:" in (await visitor.get("/public")).text
    form = next(
        each for each in (await browser.get("/admin/emojis/tea")).forms() if each.action.endswith("/delete")
    )
    await browser.submit(form)
    assert "No emojis yet" in (await browser.get("/admin/emojis")).text
    assert (await browser.get("/admin/emojis/tea")).status == 404


async def test_an_archive_is_reported_on_the_page(drawing, send_file):
    _, browser = await drawing.person("boss", role=Role.ADMINISTRATOR)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("milk.png", b"PIC milk")
        archive.writestr("x.png", b"PIC x")
    page = await send_file(
        browser,
        "/admin/emojis",
        "/admin/emojis/archive",
        {"archive": data.getvalue()},
        archive_category="Set",
    )
    assert page.status_code == 200
    assert "1 emoji is there now." in page.text
    assert "<b>x.png</b>" in page.text
    assert "Set" in (await browser.get("/emojis")).text
    wrong = await send_file(browser, "/admin/emojis", "/admin/emojis/archive", {"archive": b"no"})
    assert wrong.status_code == 422 and "This is no ZIP archive" in wrong.text


async def test_they_are_pictures_in_names_warnings_bios_and_polls_and_text_in_titles(house):
    await put(house, "tea")
    ada, browser = await house.person("ada")
    command = EditProfile(display_name="Ada :tea:", bio="Likes :tea:", fields=(("Drink", ":tea:"),))
    ada = await update_profile(house.site.ports, Actor(account=ada), command)
    poll = NewPoll(options=("More :tea:", "No"), expires_in=3600)
    entry = await house.write(ada, "Which :milk:", spoiler="About :tea:", poll=poll)
    visitor = await house.visitor()
    thread = (await visitor.get(f"/@ada/{entry.post.id}")).text
    head, _, body = thread.partition("</head>")
    assert PICTURE not in head
    assert f"Ada {PICTURE}" in body and f"About {PICTURE}" in body and f"More {PICTURE}" in body
    assert "Which :milk:" in body
    profile = (await visitor.get("/@ada")).text
    assert f"Likes {PICTURE}" in profile
    assert f'<dd class="text"><p>{PICTURE}' in profile or f'<dd class="text">{PICTURE}' in profile
    assert f"Ada {PICTURE}" in (await browser.get("/settings/profile")).text.partition("<main")[0]
    assert ":tea:" in (await visitor.get("/@ada/feed.atom")).text
    assert "emoji" not in (await visitor.get("/@ada/feed.atom")).text


async def test_the_form_offers_those_that_are_to_be_offered(house):
    _, browser = await house.person("ada")
    assert "data-insert" not in (await browser.get("/compose")).text
    await put(house, "tea")
    await put(house, "hidden", visible_in_picker=False)
    await put(house, "off", disabled=True)
    for path in ("/compose", "/"):
        text = (await browser.get(path)).text
        assert text.count("data-insert") == 1 and 'data-insert=" :tea: "' in text


@pytest.mark.parametrize("count", [200])
async def test_many_emojis_leave_the_pages_small(house, count):
    _, browser = await house.person("ada")
    await put(house, *(f"emoji_number_{number}" for number in range(count)))
    for path in ("/compose", "/emojis"):
        assert len((await browser.get(path)).body) < 100_000
