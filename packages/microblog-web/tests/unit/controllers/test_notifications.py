"""Notifications."""

from __future__ import annotations


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
