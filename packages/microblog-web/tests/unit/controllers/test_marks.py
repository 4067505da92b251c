"""Bookmarks, favourites, pinned posts, muted threads, and the page with all that can be done with a post."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.marks import PINS_MAX
from microblog_core.domain.posts import Visibility


async def test_a_bookmark_is_found_again_and_nobody_else_sees_it(house):
    ada_account, ada = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(ada_account, "Worth keeping")
    assert "Press the bookmark" in (await bob.get("/bookmarks")).text
    answer = await bob.press(await bob.get("/public"), f"/posts/{entry.post.id}/bookmark")
    assert answer.location == f"/public#p{entry.post.id}"
    page = await bob.get("/bookmarks")
    assert "Worth keeping" in page.text
    assert "Worth keeping" not in (await ada.get("/bookmarks")).text
    await bob.press(page, f"/posts/{entry.post.id}/unbookmark")
    assert "Worth keeping" not in (await bob.get("/bookmarks")).text


async def test_favourites_are_listed_the_last_one_first(house):
    ada_account, _ = await house.person("ada")
    bob_account, bob = await house.person("bob")
    posts = [await house.write(ada_account, f"Post number {number}x") for number in range(3)]
    for entry in (posts[2], posts[0]):
        house.clock.advance(1)
        await house.favourite(bob_account, entry.post)
    assert re.findall(r"Post number (\d)x", (await bob.get("/favourites")).text) == ["0", "2"]


async def test_bookmarks_page_without_gaps_by_links(house):
    ada_account, ada = await house.person("ada")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    for number in range(25):
        entry = await house.write(ada_account, f"Post {number:02}x")
        await ada.submit(form, button=f"/posts/{entry.post.id}/bookmark")
    first = await ada.get("/bookmarks")
    second = await ada.get(re.search(r'rel="next" href="([^"]+)"', first.text).group(1))
    seen = re.findall(r"Post (\d\d)x", first.text + second.text)
    assert seen == [f"{number:02}" for number in range(24, -1, -1)]
    assert 'rel="next"' not in second.text


async def test_own_posts_are_pinned_and_unpinned_by_the_page_behind_the_dots(house):
    ada_account, ada = await house.person("ada")
    entry = await house.write(ada_account, "On top")
    more = f"/posts/{entry.post.id}/more"
    assert more in (await ada.get("/@ada")).text
    answer = await ada.press(await ada.get(more), f"/posts/{entry.post.id}/pin")
    assert answer.location == more
    page = await ada.get(more)
    assert "on top of your profile" in page.text
    await ada.press(page, f"/posts/{entry.post.id}/unpin")
    assert f"/posts/{entry.post.id}/pin" in (await ada.get(more)).text


async def test_a_pin_too_many_says_what_to_do_and_keeps_the_others(house):
    ada_account, ada = await house.person("ada")
    form = (await ada.get("/")).form("csrf_token", "return_to")
    for number in range(PINS_MAX + 1):
        entry = await house.write(ada_account, f"Post {number}")
        assert (await ada.submit(form, button=f"/posts/{entry.post.id}/pin")).status == 303
    assert "Unpin one of them first." in (await ada.get("/")).text
    assert f"/posts/{entry.post.id}/pin" in (await ada.get(f"/posts/{entry.post.id}/more")).text


async def test_nobody_pins_what_is_not_theirs(house):
    ada_account, _ = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(ada_account, "Mine")
    page = await bob.get(f"/posts/{entry.post.id}/more")
    assert "/pin" not in page.text
    await bob.submit(page.form("csrf_token", "return_to"), button=f"/posts/{entry.post.id}/pin")
    assert "Only your own posts can be pinned." in (await bob.get("/")).text


async def test_a_muted_thread_tells_nothing_more(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    entry = await house.write(ada_account, "A long talk")
    page = await ada.get(f"/posts/{entry.post.id}/more")
    await ada.press(page, f"/posts/{entry.post.id}/mute-thread")
    await house.write(bob_account, "@ada and on", in_reply_to_id=entry.post.id)
    assert "and on" not in (await ada.get("/notifications")).text
    await ada.press(await ada.get(f"/posts/{entry.post.id}/more"), f"/posts/{entry.post.id}/unmute-thread")
    assert "and on" in (await ada.get("/notifications")).text


@pytest.mark.parametrize("path", ["/posts/1/more", "/posts/x/more", "/posts/99999999999999999999/more"])
async def test_a_post_that_is_not_there_has_no_page_of_things_to_do(house, path):
    _, ada = await house.person("ada")
    assert (await ada.get(path)).status == 404


async def test_what_one_may_not_see_can_not_be_marked_either(house):
    ada_account, _ = await house.person("ada")
    _, eve = await house.person("eve")
    entry = await house.write(ada_account, "For followers", visibility=Visibility.FOLLOWERS)
    form = (await eve.get("/")).form("csrf_token", "return_to")
    assert (await eve.get(f"/posts/{entry.post.id}/more")).status == 404
    for verb in ("bookmark", "pin", "mute-thread"):
        assert (await eve.submit(form, button=f"/posts/{entry.post.id}/{verb}")).status == 404, verb


@pytest.mark.parametrize(
    "path",
    [
        "/bookmarks",
        "/favourites",
        "/lists",
        "/tags",
        "/filters",
        "/filters/new",
        "/mutes",
        "/blocks",
        "/follow_requests",
        "/conversations",
        "/notifications/mentions",
    ],
)
async def test_what_is_somebodys_own_leads_visitors_to_the_log_in_page(house, path):
    visitor = await house.visitor()
    assert (await visitor.get(path, follow=False)).location == f"/login?next={path}"
