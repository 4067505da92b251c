"""Undo on the website: a button beside what was just said, without JavaScript."""

from __future__ import annotations

import re

import pytest

from microblog_core.services import undo


async def published(house, browser, text="Tae time", **values):
    form = (await browser.get("/compose")).form("csrf_token", "text")
    answer = await browser.submit(form, text=text, **values)
    assert answer.status == 303
    return await browser.get("/")


def undo_of(page):
    found = re.search(r'formaction="(/posts/\d+/un\w+)"', page.text.partition('<p class="flash')[2])
    return found and found[1]


async def test_undo_takes_a_post_back_and_gives_its_text_back(house):
    _, browser = await house.person("ada")
    page = await published(house, browser, "Tae time", spoiler="drinks")
    assert "Published." in page.text
    path = undo_of(page)
    again = await browser.press(page, path)
    assert again.status == 200
    form = again.form("csrf_token", "text")
    assert (form.fields["spoiler"], form.fields["visibility"]) == ("drinks", "public")
    assert "Tae time" in again.text and "taken back" in again.text
    assert (await (await house.visitor()).get("/public")).text.count("Tae time") == 0
    assert (await browser.submit(form, text="Tea time")).status == 303, "it can be sent anew"


async def test_the_button_is_shown_once(house):
    _, browser = await house.person("ada")
    page = await published(house, browser)
    assert undo_of(page) and not undo_of(await browser.get("/"))


async def test_too_late_is_said_and_the_post_stays(house):
    _, browser = await house.person("ada")
    page = await published(house, browser)
    house.clock.advance(11)
    assert (await browser.press(page, undo_of(page))).status == 303
    told = await browser.get("/")
    assert "too late to take this post back" in told.text and "Tae time" in told.text


async def test_an_answer_is_taken_back_into_the_form_of_an_answer(house):
    ben, _ = await house.person("ben")
    _, browser = await house.person("ada")
    parent = (await house.write(ben, "Anyone?")).post
    form = (await browser.get(f"/compose?reply={parent.id}")).form("csrf_token", "in_reply_to_id")
    await browser.submit(form, text="@ben Mee!")
    page = await browser.get(f"/@ben/{parent.id}")
    again = await browser.press(page, undo_of(page))
    assert again.form("csrf_token", "in_reply_to_id").fields["in_reply_to_id"] == str(parent.id)
    assert "Mee!" in again.text and "Anyone?" in again.text


async def deleted(house, browser, post):
    page = await browser.get(f"/posts/{post.id}/delete")
    assert (await browser.submit(page.form("csrf_token"))).status == 303
    return await browser.get("/")


async def test_a_deleted_post_is_gone_at_once_and_brought_back_by_a_button(house):
    ada, browser = await house.person("ada")
    post = (await house.write(ada, "Keep me")).post
    visitor = await house.visitor()
    assert "Keep me" in (await visitor.get("/public")).text
    page = await deleted(house, browser, post)
    assert "The post is deleted." in page.text
    for path, status in (("/public", 200), ("/@ada", 200), (f"/@ada/{post.id}", 404)):
        for reader in (visitor, browser):
            shown = await reader.get(path)
            assert (shown.status, "Keep me" in shown.text) == (status, False), path
    assert (await browser.press(page, undo_of(page))).headers["location"] == f"/@ada/{post.id}"
    assert "The post is back." in (await browser.get(f"/@ada/{post.id}")).text
    for path in ("/public", "/@ada", f"/@ada/{post.id}"):
        assert "Keep me" in (await visitor.get(path)).text, path


@pytest.mark.parametrize("removed", [True, False])
async def test_it_does_not_come_back_later(house, removed):
    ada, browser = await house.person("ada")
    post = (await house.write(ada, "Forget me")).post
    page = await deleted(house, browser, post)
    house.clock.advance(11)
    if removed:
        await undo.remove_all_hidden(house.site.ports)
    assert (await browser.press(page, undo_of(page))).headers["location"] == "/"
    assert "too late" in (await browser.get("/")).text
    assert (await browser.get(f"/@ada/{post.id}")).status == 404


async def test_others_undo_nothing(house):
    ada, browser = await house.person("ada")
    _, other = await house.person("ben")
    kept, gone = (await house.write(ada, "one")).post, (await house.write(ada, "two")).post
    await deleted(house, browser, gone)
    fields = (await other.get("/compose")).form("csrf_token", "text").fields
    fields = {"csrf_token": fields["csrf_token"]}
    assert (await other.post(f"/posts/{kept.id}/unpublish", fields)).status == 403
    assert (await other.post(f"/posts/{gone.id}/undelete", fields)).status == 303
    visitor = await house.visitor()
    assert (await visitor.get(f"/@ada/{kept.id}")).status == 200
    assert (await visitor.get(f"/@ada/{gone.id}")).status == 404


async def test_without_the_token_of_the_form_nothing_is_undone(house):
    ada, browser = await house.person("ada")
    post = (await house.write(ada, "one")).post
    assert (await browser.post(f"/posts/{post.id}/unpublish", {})).status == 403
    assert (await browser.get(f"/@ada/{post.id}")).status == 200


async def test_a_site_that_undoes_nothing_offers_nothing(open_house):
    async with open_house(undo_seconds=0.0) as house:
        ada, browser = await house.person("ada")
        assert not undo_of(await published(house, browser))
        post = (await house.write(ada, "one")).post
        assert not undo_of(await deleted(house, browser, post))
