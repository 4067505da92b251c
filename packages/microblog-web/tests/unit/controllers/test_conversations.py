"""Conversations of direct posts."""

from __future__ import annotations

from microblog_core.domain.posts import Visibility


async def test_direct_posts_are_gathered_by_people_and_read_marks_stay(house):
    ada_account, ada = await house.person("ada")
    bob_account, bob = await house.person("bob")
    _, eve = await house.person("eve")
    assert "No conversations yet" in (await ada.get("/conversations")).text
    first = await house.write(bob_account, "@ada between us", visibility=Visibility.DIRECT)
    last = await house.write(
        bob_account, "@ada are you there", visibility=Visibility.DIRECT, in_reply_to_id=first.post.id
    )
    page = await ada.get("/conversations")
    assert page.text.count('class="talk unread"') == 1
    assert "are you there" in page.text
    assert "between us" not in page.text
    assert "are you there" not in (await eve.get("/conversations")).text
    assert "You:" in (await bob.get("/conversations")).text
    form = next(each for each in page.forms() if each.action.endswith("/read"))
    assert (await ada.submit(form)).location == f"/@bob/{last.post.id}"
    page = await ada.get("/conversations")
    assert "talk unread" not in page.text
    (remove,) = [each for each in page.forms() if each.action.endswith("/read")]
    assert (await ada.submit(remove, button=remove.action.replace("/read", "/remove"))).status == 303
    assert "No conversations yet" in (await ada.get("/conversations")).text
    assert "are you there" in (await bob.get("/conversations")).text
    await house.write(ada_account, "@bob yes", visibility=Visibility.DIRECT, in_reply_to_id=last.post.id)
    assert "@bob yes" in (await ada.get("/conversations")).text


async def test_marking_as_read_stays_on_the_list_where_that_is_wanted(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.write(bob_account, "@ada psst", visibility=Visibility.DIRECT)
    page = await ada.get("/conversations")
    form = next(each for each in page.forms() if each.action.endswith("/read"))
    assert (await ada.post(form.action, {**form.fields, "stay": "1"})).location == "/conversations"
    assert "Mark as read" not in (await ada.get("/conversations")).text


async def test_nobody_elses_conversation_can_be_read_or_removed(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    _, eve = await house.person("eve")
    await house.write(bob_account, "@ada psst", visibility=Visibility.DIRECT)
    page = await ada.get("/conversations")
    address = next(each for each in page.forms() if each.action.endswith("/read")).action
    form = (await eve.get("/")).form("csrf_token", "return_to")
    for target in (address, address.replace("/read", "/remove"), "/conversations/x/read"):
        assert (await eve.submit(form, button=target)).status == 404, target
    assert "talk unread" in (await ada.get("/conversations")).text
