"""Notifications."""

from __future__ import annotations

import re


async def test_new_ones_are_counted_marked_and_can_be_marked_read(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    entry = await house.write(ada_account, "Hello")
    await house.write(bob_account, "Good morning @ada")
    await house.favourite(bob_account, entry.post)
    page = await ada.get("/notifications")
    assert page.text.count('class="notice unread"') == 2
    assert '<b class="count">2' in (await ada.get("/public")).text
    assert (await ada.submit(page.form("csrf_token", "up_to"))).location == "/notifications"
    page = await ada.get("/notifications")
    assert 'class="notice unread"' not in page.text
    assert '<b class="count">' not in page.text
    assert "mentioned you" in page.text
    assert "favourited your post" in page.text


async def test_only_what_was_on_the_page_becomes_read(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.write(bob_account, "First @ada")
    page = await ada.get("/notifications")
    await house.write(bob_account, "Second @ada")
    await ada.submit(page.form("csrf_token", "up_to"))
    assert (await ada.get("/notifications")).text.count('class="notice unread"') == 1


async def test_one_may_answer_right_there_and_come_back(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    entry = await house.write(bob_account, "Good morning @ada")
    page = await ada.get("/notifications")
    at = page.text.split(f"/posts/{entry.post.id}/favourite?at=")[1].split('"')[0]
    answer = await ada.press(page, f"/posts/{entry.post.id}/favourite?at={at}")
    assert answer.location == f"/notifications#p{at}"


async def test_notifications_are_for_people_who_are_logged_in(house):
    visitor = await house.visitor()
    assert (await visitor.get("/notifications", follow=False)).location == "/login?next=/notifications"


async def test_what_several_people_did_alike_is_one_line_that_names_a_few(house):
    ada_account, ada = await house.person("ada")
    entry = await house.write(ada_account, "Well liked")
    other = await house.write(ada_account, "Liked by one")
    names = ["bob", "cyn", "dan", "eve", "fay"]
    accounts = [await house.build.account(name) for name in names]
    for account in accounts:
        house.clock.advance(1)
        await house.favourite(account, entry.post)
        await house.follow(account, ada_account)
    await house.favourite(accounts[0], other.post)
    page = await ada.get("/notifications")
    assert page.text.count('class="notice unread"') == 3
    line = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "fay , eve , dan and 2 more favourited your post" in line
    assert "fay , eve , dan and 2 more follow you now" in line
    assert "bob favourited your post" in line


async def test_what_is_new_stands_apart_from_what_was_seen(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    cyn_account, _ = await house.person("cyn")
    entry = await house.write(ada_account, "Hello")
    await house.favourite(bob_account, entry.post)
    page = await ada.get("/notifications")
    await ada.submit(page.form("csrf_token", "up_to"))
    house.clock.advance(1)
    await house.favourite(cyn_account, entry.post)
    text = (await ada.get("/notifications")).text
    assert text.count('class="notice unread"') == 1
    assert text.count('class="notice"') == 1


async def test_tabs_show_some_kinds_and_page_within_them(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    entry = await house.write(ada_account, "Hello")
    await house.favourite(bob_account, entry.post)
    for number in range(25):
        await house.write(bob_account, f"Number {number:02}x @ada")
    page = await ada.get("/notifications/favourites")
    assert "favourited your post" in page.text
    assert "mentioned you" not in page.text
    assert "Mark all as read" not in page.text
    first = await ada.get("/notifications/mentions")
    target = re.search(r'rel="next" href="([^"]+)"', first.text).group(1)
    assert target.startswith("/notifications/mentions?max_id=")
    second = await ada.get(target)
    seen = re.findall(r"Number (\d\d)x", first.text + second.text)
    assert seen == [f"{number:02}" for number in range(24, -1, -1)]
    assert "Nothing of this kind" in (await ada.get("/notifications/polls")).text
    assert (await ada.get("/notifications/nonsense")).status == 404
