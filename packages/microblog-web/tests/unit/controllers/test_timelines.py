"""Timelines, and how listings page."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.posts import Visibility


def numbers(page):
    return [int(number) for number in re.findall(r"post number (\d+)\b", page.text)]


def link(page, rel):
    found = re.search(rf'<a class="button quiet" rel="{rel}" href="([^"]+)"', page.text)
    return found.group(1) if found else ""


def since(page):
    """Since when a home page wants to hear of new posts."""
    return int(re.search(r'data-live="/live/home/(\d+)"', page.text)[1])


@pytest.mark.parametrize("path", ["/public", "/", "/@ada", "/tags/counting"])
async def test_older_and_newer_neither_skip_nor_repeat(house, path):
    account, _ = await house.person("ada")
    for number in range(45):
        await house.write(account, f"post number {number} #counting")
    visitor = await house.visitor()
    page = await visitor.get(path)
    seen, pages = numbers(page), [page]
    while target := link(page, "next"):
        page = await visitor.get(target)
        pages.append(page)
        seen += numbers(page)
    assert seen == list(range(44, -1, -1))
    assert len(pages) == 3
    assert "That&#39;s everything." in page.text
    back = []
    while target := link(page, "prev"):
        back = numbers(page) + back
        page = await visitor.get(target)
    assert numbers(page) + back == list(range(44, -1, -1))


async def test_posts_that_arrive_while_somebody_reads_shift_nothing(house):
    account, ada = await house.person("ada")
    for number in range(25):
        await house.write(account, f"post number {number}")
    first = await ada.get("/")
    for number in range(25, 30):
        await house.write(account, f"post number {number}")
    second = await ada.get(link(first, "next"))
    assert numbers(first) + numbers(second) == list(range(24, -1, -1))


async def test_a_timeline_with_an_order_of_its_own_pages_by_it_and_hears_of_new_posts_since_it_was_read(
    open_house,
):
    settings = {"ranked": {"fresh_minutes": 0, "candidates": 30}}
    async with open_house(installed=("ranked",), settings=settings, timeline="ranked") as house:
        account, ada = await house.person("ada")
        liked = [await house.write(account, f"post number {number}") for number in range(45)][3]
        other, _ = await house.person("bob")
        await house.favourite(other, liked.post)
        first = await ada.get("/")
        assert since(first) > max(map(int, re.findall(r'id="p(\d+)"', first.text)))
        order = list(range(44, 14, -1))
        assert numbers(first) == order[:20]
        second = await ada.get(link(first, "next"))
        assert numbers(second) == [*order[20:], *range(14, 4, -1)]
        assert "data-live" not in second.text
        third = await ada.get(link(second, "next"))
        assert numbers(third) == [4, 3, 2, 1, 0]
        back = await ada.get(link(second, "prev"))
        assert numbers(back) == numbers(first)
        await house.favourite(other, (await house.write(account, "post number 45")).post)
        house.clock.advance(7200)
        last = await house.write(account, "post number 46")
        house.clock.advance(1)
        again = await ada.get("/")
        assert numbers(again)[:2] == [45, 46]
        assert since(again) > last.id > since(first)


async def test_home_shows_whom_one_follows_and_public_everybody(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.write(bob_account, "From bob")
    assert "From bob" not in (await ada.get("/")).text
    assert "From bob" in (await ada.get("/public")).text
    await house.follow(ada_account, bob_account)
    assert "From bob" in (await ada.get("/")).text


@pytest.mark.parametrize("cursor", ["max_id=0", "max_id=abc", "min_id=-4", "max_id=99999999999999999999"])
async def test_a_cursor_that_is_none_of_ours_is_answered_with_404(house, cursor):
    visitor = await house.visitor()
    assert (await visitor.get(f"/public?{cursor}")).status == 404


async def test_empty_timelines_say_what_to_do_next(house):
    _, ada = await house.person("ada")
    visitor = await house.visitor()
    assert "find somebody to follow" in (await ada.get("/")).text
    assert 'href="/signup"' in (await visitor.get("/public")).text
    assert "No posts with this hashtag" in (await visitor.get("/tags/nothing")).text
    assert "Nothing has happened yet" in (await ada.get("/notifications")).text
    assert "No posts yet" in (await visitor.get("/@ada")).text
    assert "Nobody yet" in (await visitor.get("/@ada/followers")).text


async def test_hashtags_are_found_in_any_spelling(house):
    account, _ = await house.person("ada")
    await house.write(account, "On #Straße today")
    visitor = await house.visitor()
    assert "On" in (await visitor.get("/tags/STRASSE")).text
    assert "today" in (await visitor.get("/tags/stra%C3%9Fe")).text


LEVELS = {
    Visibility.PUBLIC: {"author", "follower", "named", "stranger", "anonymous"},
    Visibility.UNLISTED: {"author", "follower", "named", "stranger", "anonymous"},
    Visibility.FOLLOWERS: {"author", "follower", "named"},
    Visibility.DIRECT: {"author", "named"},
}


@pytest.mark.parametrize("level", list(LEVELS))
async def test_each_level_is_seen_by_just_those_it_is_for(house, level):
    author, author_browser = await house.person("ada")
    browsers = {"author": author_browser, "anonymous": await house.visitor()}
    for role in ("follower", "named", "stranger"):
        account, browsers[role] = await house.person(role)
        if role == "follower":
            await house.follow(account, author)
    entry = await house.write(author, "Secret words for @named", visibility=level)
    for role, browser in browsers.items():
        post = await browser.get(f"/@ada/{entry.post.id}")
        profile = await browser.get("/@ada")
        may = role in LEVELS[level]
        assert post.status == (200 if may else 404), role
        for page in (post, profile, await browser.get(f"/@ada/{entry.post.id}/history")):
            assert ("Secret words" in page.text) == may, (role, page.path)
        listed = "Secret words" in (await browser.get("/public")).text
        assert listed == (level is Visibility.PUBLIC), role


async def test_the_page_names_the_stream_that_tells_of_new_posts(house):
    visitor = await house.visitor()
    assert 'data-live="/live/public"' in (await visitor.get("/public")).text
