"""Hashtags that people follow."""

from __future__ import annotations

import pytest


async def test_following_a_hashtag_by_the_button_on_its_page_brings_its_posts_home(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.write(bob_account, "A pot of #Grüntee")
    page = await ada.get("/tags/Gr%C3%BCntee")
    answer = await ada.press(page, "/tags/gr%C3%BCntee/follow")
    assert answer.location == "/tags/Gr%C3%BCntee"
    assert "A pot of" in (await ada.get("/")).text
    page = await ada.get("/tags")
    assert "#grüntee" in page.text
    await ada.press(page, "/tags/gr%C3%BCntee/unfollow")
    assert "You follow no hashtags" in (await ada.get("/tags")).text
    assert "A pot of" not in (await ada.get("/")).text
    assert "/tags/gr%C3%BCntee/follow" in (await ada.get("/tags/Gr%C3%BCntee")).text


async def test_visitors_get_no_button(house):
    visitor = await house.visitor()
    assert "/follow" not in (await visitor.get("/tags/tea")).text


async def test_a_hashtag_can_be_followed_by_name(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/tags")).form("name")
    assert (await ada.submit(form, name="#Tea")).location == "/tags"
    assert 'href="/tags/tea"' in (await ada.get("/tags")).text


@pytest.mark.parametrize("name", ["", "two words", "#", "2026", "<b>", "x" * 500])
async def test_what_can_not_be_a_hashtag_is_answered_at_the_field(house, name):
    _, ada = await house.person("ada")
    page = await ada.submit((await ada.get("/tags")).form("name"), name=name)
    assert page.status == 422
    assert 'id="e-name"' in page.text
    assert page.form("name").fields["name"] == name


async def test_a_button_that_names_no_hashtag_is_not_there(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    for verb in ("follow", "unfollow"):
        assert (await ada.submit(form, button=f"/tags/2026/{verb}")).status == 404
