"""Threads, histories and the buttons under posts."""

from __future__ import annotations

import pytest

from microblog_core.domain.posts import Visibility


async def test_boosting_and_favouriting_lead_back_to_the_very_place(house):
    ada_account, _ada = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(ada_account, "Hello")
    post = entry.post.id
    page = await bob.get("/public")
    answer = await bob.press(page, f"/posts/{post}/boost")
    assert answer.location == f"/public#p{post}"
    page = await bob.get("/public")
    assert f'formaction="/posts/{post}/unboost"' in page.text
    assert (await bob.press(page, f"/posts/{post}/favourite")).location == f"/public#p{post}"
    page = await bob.get("/public")
    assert "Undo the favourite of the post by ada" in page.text
    await bob.press(page, f"/posts/{post}/unfavourite")
    await bob.press(await bob.get("/public"), f"/posts/{post}/unboost")
    page = await bob.get("/public")
    assert f'formaction="/posts/{post}/boost"' in page.text
    assert f'formaction="/posts/{post}/favourite"' in page.text


async def test_a_boost_leads_back_to_the_boost(house):
    ada_account, ada = await house.person("ada")
    _bob_account, bob = await house.person("bob")
    entry = await house.write(ada_account, "Hello")
    await bob.press(await bob.get("/public"), f"/posts/{entry.post.id}/boost")
    profile = await ada.get("/@bob")
    assert "boosted" in profile.text
    at = profile.text.split(f"/posts/{entry.post.id}/favourite?at=")[1].split('"')[0]
    answer = await ada.press(profile, f"/posts/{entry.post.id}/favourite?at={at}")
    assert answer.location == f"/@bob#p{at}"
    assert f'id="p{at}"' in profile.text


async def test_what_only_followers_see_can_not_be_boosted(house):
    ada_account, ada = await house.person("ada")
    entry = await house.write(ada_account, "For followers", visibility=Visibility.FOLLOWERS)
    page = await ada.get("/@ada")
    assert "/boost" not in page.text
    token = page.form("csrf_token", "return_to")
    answer = await ada.submit(token, button=f"/posts/{entry.post.id}/boost")
    assert answer.status == 422
    assert "Only public and unlisted posts can be boosted" in answer.text


async def test_reacting_to_a_post_that_one_may_not_see_tells_nothing(house):
    ada_account, _ = await house.person("ada")
    _, eve = await house.person("eve")
    entry = await house.write(ada_account, "Secret", visibility=Visibility.DIRECT)
    token = (await eve.get("/")).form("csrf_token", "return_to")
    answers = [
        await eve.submit(token, button=f"/posts/{number}/favourite") for number in (entry.post.id, 1 << 40)
    ]
    assert [answer.status for answer in answers] == [404, 404]
    assert "Secret" not in answers[0].text


async def test_buttons_need_the_token_of_the_session(house):
    ada_account, ada = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(ada_account, "Hello")
    theirs = (await bob.get("/")).form("csrf_token", "return_to")
    assert (await ada.submit(theirs, button=f"/posts/{entry.post.id}/favourite")).status == 403
    assert (await ada.post(f"/posts/{entry.post.id}/favourite", {})).status == 403


async def test_a_button_never_leads_to_another_site(house):
    ada_account, ada = await house.person("ada")
    entry = await house.write(ada_account, "Hello")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    answer = await ada.submit(form, button=f"/posts/{entry.post.id}/favourite", return_to="//evil.example/")
    assert answer.location == f"/@ada/{entry.post.id}#p{entry.post.id}"


async def test_a_thread_stands_in_order_with_what_it_answers(house):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    first = await house.write(ada, "The beginning")
    second = await house.write(bob, "The middle", in_reply_to_id=first.post.id)
    await house.write(ada, "The end", in_reply_to_id=second.post.id)
    visitor = await house.visitor()
    page = await visitor.get(f"/@bob/{second.post.id}")
    places = [page.text.index(f"<p>{text}</p>") for text in ("The beginning", "The middle", "The end")]
    assert places == sorted(places)
    assert 'class="post focus h-entry"' in page.text


@pytest.mark.parametrize("rest", ["", "/history"])
async def test_a_wrong_name_in_the_address_leads_to_the_right_one(house, rest):
    ada, _ = await house.person("Ada")
    entry = await house.write(ada, "Hello")
    visitor = await house.visitor()
    answer = await visitor.get(f"/@someone/{entry.post.id}{rest}", follow=False)
    assert (answer.status, answer.location) == (301, f"/@Ada/{entry.post.id}{rest}")


@pytest.mark.parametrize("post_id", ["0", "-1", "1.5", "x", "9" * 30, "%00", "123"])
async def test_ids_that_name_nothing_are_answered_with_404(house, post_id):
    await house.person("ada")
    visitor = await house.visitor()
    assert (await visitor.get(f"/@ada/{post_id}")).status in (404, 400)


async def test_content_behind_a_warning_is_folded(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "The butler did it", spoiler="Film & ending")
    page = await (await house.visitor()).get("/public")
    assert '<summary><span class="p-summary">' in page.text
    assert "Film &amp; ending</span></summary>" in page.text


async def test_direct_posts_are_marked_in_words(house):
    ada_account, ada = await house.person("ada")
    await house.write(ada_account, "psst", visibility=Visibility.DIRECT)
    assert "only the people named can read this" in (await ada.get("/@ada")).text
