"""Profiles, lists of people, and how one stands to them."""

from __future__ import annotations

import re

import pytest


async def test_following_and_unfollowing_from_the_profile(house):
    _, ada = await house.person("ada")
    bob_account, bob = await house.person("bob")
    page = await ada.get("/@bob")
    answer = await ada.press(page, f"/accounts/{bob_account.id}/follow")
    assert answer.location == "/@bob"
    page = await ada.get("/@bob")
    assert "Unfollow" in page.text
    assert "ada" in (await bob.get("/@bob/followers")).text
    assert "bob" in (await bob.get("/@ada/following")).text
    assert "follows you now" in (await bob.get("/notifications")).text
    assert "Follows you" in (await bob.get("/@ada")).text
    await ada.press(page, f"/accounts/{bob_account.id}/unfollow")
    assert "Nobody yet" in (await bob.get("/@bob/followers")).text


async def test_who_is_blocked_sees_nothing_and_can_not_tell_why(house):
    ada_account, ada = await house.person("ada")
    eve_account, eve = await house.person("eve")
    entry = await house.write(ada_account, "Hello")
    await ada.press(await ada.get("/@eve"), f"/accounts/{eve_account.id}/block")
    assert "You block @eve" in (await ada.get("/@eve")).text
    for path in ("/@ada", f"/@ada/{entry.post.id}", "/@ada/followers"):
        assert (await eve.get(path)).status == 404, path
    assert "Hello" not in (await eve.get("/public")).text
    await ada.press(await ada.get("/@eve"), f"/accounts/{eve_account.id}/unblock")
    assert (await eve.get("/@ada")).status == 200


async def test_who_is_muted_is_left_out_of_listings_only(house):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    await house.write(eve_account, "Noise")
    await ada.press(await ada.get("/@eve"), f"/accounts/{eve_account.id}/mute")
    assert "Noise" not in (await ada.get("/public")).text
    page = await ada.get("/@eve")
    assert "Noise" in page.text
    assert "Muted" in page.text
    await ada.press(page, f"/accounts/{eve_account.id}/unmute")
    assert "Noise" in (await ada.get("/public")).text


async def test_one_can_not_follow_oneself_nor_do_what_no_button_says(house):
    account, ada = await house.person("ada")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    assert (await ada.submit(form, button=f"/accounts/{account.id}/follow")).status == 422
    assert (await ada.submit(form, button=f"/accounts/{account.id}/promote")).status == 404
    assert (await ada.submit(form, button="/accounts/12345/follow")).status == 404


async def test_a_name_in_another_spelling_leads_to_the_page(house):
    await house.person("Ada")
    visitor = await house.visitor()
    for rest in ("", "/followers", "/following", "/with_replies"):
        answer = await visitor.get(f"/@aDA{rest}", follow=False)
        assert (answer.status, answer.location) == (301, f"/@Ada{rest}")


async def test_answers_stand_on_their_own_tab(house):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    entry = await house.write(bob, "A question")
    await house.write(ada, "An answer", in_reply_to_id=entry.post.id)
    visitor = await house.visitor()
    assert "An answer" not in (await visitor.get("/@ada")).text
    assert "An answer" in (await visitor.get("/@ada/with_replies")).text


async def test_lists_of_people_page_without_gaps(house):
    ada, _ = await house.person("ada")
    for number in range(25):
        await house.follow(await house.build.account(f"reader{number:02}x"), ada)
    visitor = await house.visitor()
    first = await visitor.get("/@ada/followers")
    target = re.search(r'rel="next" href="([^"]+)"', first.text).group(1)
    second = await visitor.get(target)
    names = re.findall(r'href="/@(reader\d\dx)"', first.text + second.text)
    assert names == [f"reader{number:02}x" for number in range(24, -1, -1)]


@pytest.mark.parametrize("path", ["/@", "/@nobody", "/nobody", "/@nobody/followers", "/@" + "x" * 400])
async def test_who_is_not_here_is_answered_with_404(house, path):
    page = await (await house.visitor()).get(path)
    assert page.status == 404
    assert "Nothing here" in page.text


async def test_numbers_on_a_profile_count_what_everybody_may_see(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "One")
    await house.write(ada, "Two", visibility="followers")
    page = await (await house.visitor()).get("/@ada")
    assert "<b>1</b> post</span>" in page.text
