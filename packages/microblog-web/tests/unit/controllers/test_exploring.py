"""Search, directory, trends, and what profiles and the page about the site show."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.services.marks import pin_post, unpin_post
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_core.services.reactions import PostCommand, boost_post


async def test_search_finds_people_posts_and_hashtags(house):
    ada, _ = await house.person("ada_tea")
    await house.write(ada, "All about tea #teatime")
    visitor = await house.visitor()
    page = await visitor.get("/search?q=tea")
    for part in ('href="/@ada_tea"', "All about tea", 'href="/tags/teatime"', "1 post in seven days"):
        assert part in page.text, part
    posts = await visitor.get("/search?q=tea&type=statuses")
    assert posts.status == 200
    only = await visitor.get("/search?q=tea&type=posts")
    assert "All about tea" in only.text
    assert '<ul class="list">' not in only.text
    assert 'name="robots" content="noindex"' in only.text


async def test_search_shows_only_what_its_reader_may_find(house):
    ada, ada_browser = await house.person("ada")
    bob, bob_browser = await house.person("bob")
    await house.write(ada, "walrus in private", visibility=house_level("followers"))
    await house.write(bob, "walrus of one who hides")
    await update_profile(house.site.ports, Actor(account=bob), EditProfile(indexable=False))
    visitor = await house.visitor()
    for browser in (visitor, bob_browser):
        assert "in private" not in (await browser.get("/search?q=walrus")).text
    assert "in private" in (await ada_browser.get("/search?q=walrus")).text
    assert "who hides" not in (await visitor.get("/search?q=walrus")).text
    assert "Nothing found" in (await visitor.get("/search?q=walrus")).text


def house_level(name):
    from microblog_core.domain.posts import Visibility

    return Visibility(name)


async def test_results_page_by_links_without_gaps(house):
    ada, _ = await house.person("ada")
    for number in range(45):
        await house.write(ada, f"walrus number {number}")
    visitor = await house.visitor()
    path, seen, pages = "/search?q=walrus&type=posts", [], 0
    while path:
        page = await visitor.get(path)
        seen += re.findall(r"walrus number (\d+)\b", re.sub(r"<title>.*?</title>", "", page.text))
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = found.group(1).replace("&amp;", "&") if found else ""
        pages += 1
    assert [int(number) for number in seen] == list(range(44, -1, -1))
    assert pages == 3


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%22%22", "?q=from:", "?q=-", "?q=%F0%9F%A6%AD", "?q=%25_", "?type=x"]
)
async def test_whatever_is_typed_is_no_error(house, query):
    page = await (await house.visitor()).get(f"/search{query}")
    assert page.status == 200
    assert "<h1>Search</h1>" in page.text


@pytest.mark.parametrize("path", ["/search?q=a", "/directory?order=new", "/trends?x=1"])
async def test_numbers_that_are_no_page_are_answered_with_404(house, path):
    visitor = await house.visitor()
    for number in ("0", "-1", "x", "51", "9999999999"):
        assert (await visitor.get(f"{path}&page={number}")).status == 404, number


async def test_the_directory_shows_who_wishes_to_be_found(house):
    ada, ada_browser = await house.person("ada", bio="Grows tea")
    bob, _ = await house.person("bob")
    eve, _ = await house.person("eve")
    await update_profile(house.site.ports, Actor(account=eve), EditProfile(discoverable=False))
    visitor = await house.visitor()
    assert "Nobody to show" in (await visitor.get("/directory")).text
    for each in (ada, bob, eve):
        await house.write(each, "Hello")
    page = await visitor.get("/directory")
    assert re.findall(r'class="who" href="/@(\w+)"', page.text) == ["bob", "ada"]
    assert "Grows tea" in page.text
    newest = await visitor.get("/directory?order=new")
    assert re.findall(r'class="who" href="/@(\w+)"', newest.text) == ["bob", "ada"]
    mine = await ada_browser.get("/directory")
    assert await ada_browser.press(mine, f"/accounts/{bob.id}/follow")
    again = await ada_browser.get("/directory")
    assert f"/accounts/{bob.id}/follow" not in again.text
    assert f"/accounts/{ada.id}/follow" not in again.text


async def test_trends_show_what_several_people_care_for(house):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    visitor = await house.visitor()
    assert "Nothing trends" in (await visitor.get("/trends")).text
    entry = await house.write(ada, "Walrus day #walrus")
    await house.write(bob, "Mine too #walrus")
    await house.favourite(bob, entry.post)
    page = await visitor.get("/trends")
    assert "Walrus day" in page.text
    assert "Mine too" not in page.text
    assert 'href="/tags/walrus">#walrus</a>' in page.text
    assert "2 posts in seven days" in page.text


async def test_pages_for_looking_around_lead_to_one_another(house):
    visitor = await house.visitor()
    for path in ("/public", "/trends", "/directory"):
        text = (await visitor.get(path)).text
        for other in ("/public", "/trends", "/directory"):
            assert f'href="{other}"' in text, (path, other)
    assert 'aria-label="Explore"' not in (await visitor.get("/")).text


async def test_what_is_pinned_stands_on_top_once(house):
    ada, _ = await house.person("ada")
    first = await house.write(ada, "Read this first")
    await house.write(ada, "Another one")
    ports, visitor, pin = house.site.ports, await house.visitor(), PostCommand(post_id=first.post.id)
    assert "On top" not in (await visitor.get("/@ada")).text
    await pin_post(ports, Actor(account=ada), pin)
    text = (await visitor.get("/@ada")).text
    assert text.index("Read this first", text.index("<main")) < text.index("Another one", text.index("<main"))
    assert text.count(f'id="p{first.post.id}"') == 1
    assert "On top" not in (await visitor.get("/@ada/with_replies")).text
    await unpin_post(ports, Actor(account=ada), pin)
    assert "On top" not in (await visitor.get("/@ada")).text


async def test_a_profile_of_boosts_and_a_pinned_boosted_post_has_no_id_twice(house):
    ada, _ = await house.person("ada")
    entry = await house.write(ada, "Once")
    await boost_post(house.site.ports, Actor(account=ada), PostCommand(post_id=entry.post.id))
    await pin_post(house.site.ports, Actor(account=ada), PostCommand(post_id=entry.post.id))
    ids = re.findall(r' id="(p\d+)"', (await (await house.visitor()).get("/@ada")).text)
    assert len(ids) == len(set(ids)) == 2


async def test_a_profile_without_pictures_says_so(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "Words only")
    page = await (await house.visitor()).get("/@ada/media")
    assert "No pictures yet" in page.text
    assert "Words only" not in page.text
    assert '<a href="/@ada/media" aria-current="page">' in page.text
    moved = await (await house.visitor()).get("/@ADA/media", follow=False)
    assert moved.location == "/@ada/media"


async def test_the_page_about_the_site_tells_its_rules(open_house):
    from microblog_core.domain.rules import Rule

    rules = (Rule(id="1", text="Be <kind>", hint="To all & everybody"), Rule(id="2", text="No spam"))
    async with open_house(rules=rules) as house:
        text = (await (await house.visitor()).get("/about")).text
        assert text.index("Be &lt;kind&gt;") < text.index("To all &amp; everybody") < text.index("No spam")
    async with open_house() as house:
        assert 'id="rules"' not in (await (await house.visitor()).get("/about")).text


async def test_people_choose_whether_they_are_found(house):
    ada, browser = await house.person("ada")
    page = await browser.get("/settings/profile")
    form = page.form("display_name")
    assert (form.fields["discoverable"], form.fields["indexable"]) == ("1", "1")
    unticked = {
        name: value for name, value in form.fields.items() if name not in ("discoverable", "indexable")
    }
    await browser.post(form.action, unticked)
    stored = await house.site.ports.storage.accounts.get(ada.id)
    assert (stored.discoverable, stored.indexable) == (False, False)
    again = (await browser.get("/settings/profile")).form("display_name")
    assert "indexable" not in again.fields
    await browser.submit(again, indexable="1")
    stored = await house.site.ports.storage.accounts.get(ada.id)
    assert (stored.discoverable, stored.indexable) == (False, True)
