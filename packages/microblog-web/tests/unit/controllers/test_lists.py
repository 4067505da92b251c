"""Lists of people."""

from __future__ import annotations

import pytest


async def make(browser, title="Friends"):
    form = (await browser.get("/lists")).form("title")
    answer = await browser.submit(form, title=title)
    assert answer.status == 303
    return answer.location.removesuffix("/edit")


async def test_a_list_is_a_timeline_of_the_people_on_it(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    eve_account, _ = await house.person("eve")
    for account in (bob_account, eve_account):
        await house.follow(ada_account, account)
    path = await make(ada)
    assert "Put somebody on it" in (await ada.get(path)).text
    form = (await ada.get(f"{path}/edit")).form("name")
    assert (await ada.submit(form, name="@bob")).location == f"{path}/edit"
    await house.write(bob_account, "From a friend")
    await house.write(eve_account, "From somebody else")
    page = await ada.get(path)
    assert "From a friend" in page.text
    assert "From somebody else" not in page.text
    page = await ada.get(f"{path}/edit")
    await ada.press(page, f"{path}/members/{bob_account.id}/remove")
    assert "From a friend" not in (await ada.get(path)).text
    assert "From a friend" in (await ada.get("/")).text


async def test_only_people_who_are_followed_come_on_a_list_and_what_was_typed_stays(house):
    _, ada = await house.person("ada")
    await house.person("bob")
    path = await make(ada)
    form = (await ada.get(f"{path}/edit")).form("name")
    for name, said in (("bob", "Follow somebody"), ("nobody", "nobody of this name"), (" ", "Enter a name")):
        page = await ada.submit(form, name=name)
        assert page.status == 422, name
        assert said in page.text, name
        assert page.form("name").fields["name"] == name


async def test_a_person_is_put_on_lists_from_the_profile(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    path = await make(ada)
    await house.follow(ada_account, bob_account)
    there = f"/accounts/{bob_account.id}/lists"
    assert there in (await ada.get("/@bob")).text
    answer = await ada.press(await ada.get(there), f"{path}/members/{bob_account.id}/add")
    assert answer.location == there
    await ada.press(await ada.get(there), f"{path}/members/{bob_account.id}/remove")
    assert f"{path}/members/{bob_account.id}/add" in (await ada.get(there)).text


async def test_a_button_for_somebody_who_is_not_followed_says_why_not(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    path = await make(ada)
    page = await ada.get(f"/accounts/{bob_account.id}/lists")
    assert (await ada.press(page, f"{path}/members/{bob_account.id}/add")).status == 303
    assert "Follow somebody to put them on a list." in (await ada.get("/")).text


async def test_settings_are_kept_and_an_exclusive_list_takes_posts_from_home(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.follow(ada_account, bob_account)
    path = await make(ada)
    await ada.submit((await ada.get(f"{path}/edit")).form("name"), name="bob")
    form = (await ada.get(f"{path}/edit")).form("title", "exclusive")
    await ada.submit(form, title="Near ones", replies_policy="none", exclusive="1")
    fields = (await ada.get(f"{path}/edit")).form("title", "exclusive").fields
    assert (fields["title"], fields["replies_policy"], fields["exclusive"]) == ("Near ones", "none", "1")
    await house.write(bob_account, "Only on the list")
    assert "Only on the list" not in (await ada.get("/")).text
    assert "Only on the list" in (await ada.get(path)).text


@pytest.mark.parametrize("title", ["", " ", "x" * 101, "\u200b"])
async def test_a_list_needs_a_title(house, title):
    _, ada = await house.person("ada")
    page = await ada.submit((await ada.get("/lists")).form("title"), title=title)
    assert page.status == 422
    assert 'id="e-title"' in page.text
    assert "No lists yet" in page.text


async def test_deleting_asks_first(house):
    _, ada = await house.person("ada")
    path = await make(ada)
    page = await ada.get(f"{path}/delete")
    assert "Delete the list “Friends”?" in page.text
    form = next(each for each in page.forms() if each.action == f"{path}/delete")
    assert (await ada.submit(form)).location == "/lists"
    assert (await ada.get(path)).status == 404


async def test_nobody_elses_list_is_there(house):
    _, ada = await house.person("ada")
    bob_account, eve = await house.person("eve")
    path = await make(ada)
    form = (await eve.get("/")).form("csrf_token", "return_to")
    for rest in ("", "/edit", "/delete"):
        page = await eve.get(f"{path}{rest}")
        assert page.status == 404, rest
        assert "There is no such list." in page.text
    for rest in ("/edit", "/delete", "/members", f"/members/{bob_account.id}/remove"):
        assert (await eve.submit(form, button=f"{path}{rest}")).status == 404, rest
    assert (await ada.get(path)).status == 200
    assert (await ada.get("/lists/x")).status == 404


async def test_a_list_has_hashtags_and_shows_public_posts_with_them(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    path = await make(ada)
    form = (await ada.get(f"{path}/edit")).form("tag")
    wrong = await ada.submit(form, tag="no tag")
    assert wrong.status == 422 and "Use a hashtag" in wrong.text
    assert wrong.form("tag").fields["tag"] == "no tag"
    assert (await ada.submit(form, tag="#Tea")).location == f"{path}/edit"
    await house.write(bob_account, "About #tea")
    await house.write(bob_account, "About nothing")
    text = (await ada.get(path)).text
    assert "/tags/tea" in text and "About nothing" not in text
    await ada.press(await ada.get(f"{path}/edit"), f"{path}/tags/tea/remove")
    assert "It&#39;s quiet here" in (await ada.get(path)).text
    _, eve = await house.person("eve")
    fields = {**(await eve.get("/lists")).form("title").fields, "tag": "jam"}
    assert (await eve.post(f"{path}/tags", fields)).status == 404
