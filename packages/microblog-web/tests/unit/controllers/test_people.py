"""Follow requests, blocks, mutes with an end, and followers who are to go."""

from __future__ import annotations

import re
import time

import pytest

from microblog_core.domain.posts import Visibility


async def locked(house, name):
    account, browser = await house.person(name)
    form = (await browser.get("/settings/profile")).form("display_name", "locked")
    assert (await browser.submit(form, locked="1")).status == 303
    return account, browser


async def test_who_wants_to_be_asked_is_asked_and_may_accept(house):
    ada_account, ada = await locked(house, "ada")
    bob_account, bob = await house.person("bob")
    page = await bob.get("/@ada")
    assert "Ask to follow" in page.text
    await bob.press(page, f"/accounts/{ada_account.id}/follow")
    assert "You asked to follow" in (await bob.get("/@ada")).text
    await house.write(ada_account, "For my followers", visibility=Visibility.FOLLOWERS)
    assert "For my followers" not in (await bob.get("/@ada")).text
    assert "asks to follow you" in (await ada.get("/notifications")).text
    assert "Asks to follow you" in (await ada.get("/@bob")).text
    answer = await ada.press(await ada.get("/follow_requests"), f"/accounts/{bob_account.id}/authorise")
    assert answer.location == "/follow_requests"
    assert "Nobody asks" in (await ada.get("/follow_requests")).text
    assert "For my followers" in (await bob.get("/@ada")).text


async def test_a_request_may_be_refused_where_it_is_told_of(house):
    ada_account, ada = await locked(house, "ada")
    bob_account, bob = await house.person("bob")
    await house.follow(bob_account, ada_account)
    await ada.press(await ada.get("/notifications"), f"/accounts/{bob_account.id}/reject")
    assert "asks to follow you" not in (await ada.get("/notifications")).text
    assert "Ask to follow" in (await bob.get("/@ada")).text


async def test_a_request_may_be_withdrawn(house):
    ada_account, ada = await locked(house, "ada")
    bob_account, bob = await house.person("bob")
    await house.follow(bob_account, ada_account)
    await bob.press(await bob.get("/@ada"), f"/accounts/{ada_account.id}/unfollow")
    assert "Nobody asks" in (await ada.get("/follow_requests")).text


async def test_nobody_lets_somebody_in_who_did_not_ask(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    assert (await ada.submit(form, button=f"/accounts/{bob_account.id}/authorise")).status == 404


async def test_saving_a_profile_without_the_mark_opens_it_again(house):
    account, ada = await locked(house, "ada")
    form = (await ada.get("/settings/profile")).form("display_name", "locked")
    assert form.fields["locked"] == "1"
    await ada.post(form.action, {k: v for k, v in form.fields.items() if k != "locked"})
    assert not (await house.site.ports.storage.accounts.get(account.id)).locked


async def test_a_mute_with_an_end_says_when_it_ends(house):
    # The queue goes by the real time: a mute of some months ago would have ended.
    house.clock.advance(time.time() - house.clock.now() / 1000)
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    page = await ada.get(f"/accounts/{eve_account.id}/mute")
    form = page.form("duration", "notifications")
    assert form.fields["notifications"] == "1"
    fields = {name: value for name, value in form.fields.items() if name != "notifications"}
    assert (await ada.post(form.action, {**fields, "duration": "86400"})).location == "/@eve"
    page = await ada.get("/mutes")
    assert re.search(r'until <time datetime="\d{4}-', page.text)
    assert "but with notifications" in page.text
    await ada.submit(form, duration="0")
    page = await ada.get("/mutes")
    assert "until you unmute them" in page.text
    assert "but with notifications" not in page.text
    await ada.press(page, f"/accounts/{eve_account.id}/unmute")
    assert "You mute nobody" in (await ada.get("/mutes")).text


@pytest.mark.parametrize("duration", ["x", "-1", "99999999999", "9999999999", "", "²"])
async def test_a_mute_of_a_strange_length_is_answered_at_its_field(house, duration):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    form = (await ada.get(f"/accounts/{eve_account.id}/mute")).form("duration")
    page = await ada.submit(form, duration=duration)
    assert page.status == 422
    assert 'id="e-duration"' in page.text
    assert "You mute nobody" in (await ada.get("/mutes")).text


async def test_blocks_are_listed_and_ended(house):
    _, ada = await house.person("ada")
    eve_account, _ = await house.person("eve")
    assert "You block nobody" in (await ada.get("/blocks")).text
    await ada.press(await ada.get("/@eve"), f"/accounts/{eve_account.id}/block")
    await ada.press(await ada.get("/blocks"), f"/accounts/{eve_account.id}/unblock")
    assert "You block nobody" in (await ada.get("/blocks")).text


async def test_a_follower_can_be_removed(house):
    ada_account, ada = await house.person("ada")
    bob_account, bob = await house.person("bob")
    await house.follow(bob_account, ada_account)
    await ada.press(await ada.get("/@bob"), f"/accounts/{bob_account.id}/remove-follower")
    assert "Nobody yet" in (await bob.get("/@ada/followers")).text


async def test_nobody_mutes_themselves_or_nobody(house):
    account, ada = await house.person("ada")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    assert (await ada.submit(form, button=f"/accounts/{account.id}/mute")).status == 422
    assert (await ada.submit(form, button="/accounts/12345/mute")).status == 404
    assert (await ada.get("/accounts/12345/mute")).status == 404
