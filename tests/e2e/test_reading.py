"""Reading in a real browser: a visitor goes by links alone from the front page through all that is public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from microblog_core.testing.servers import ServerProcess

from .conftest import Person

HELLO = "Steam before breakfast #locomotives"


@pytest.fixture(scope="module")
def world(chromium: Any, server: ServerProcess) -> Iterator[None]:
    """Ada writes; Bob follows her, boosts and answers with her hashtag, so that it trends."""
    contexts = [chromium.new_context(java_script_enabled=False) for _ in range(2)]
    ada, bob = (Person(context.new_page(), server.url, []) for context in contexts)
    ada.sign_up("ada")
    bob.sign_up("bob")
    ada.write(HELLO)
    ada.write("Coal is dear this year")
    bob.open("/@ada")
    bob.page.get_by_role("button", name="Follow", exact=True).click()
    post = bob.post("Steam before")
    post.get_by_role("button", name="Boost the post by").click()
    post.get_by_role("button", name="Favourite the post by").click()
    bob.open_post("Steam before")
    bob.page.get_by_label("Your answer to").fill("@ada And tea after it #locomotives")
    bob.page.get_by_role("button", name="Reply", exact=True).click()
    yield
    for context in contexts:
        context.close()


def go(person: Person, name: str, within: str = "main") -> None:
    """Follow the link of this name."""
    person.page.locator(within).get_by_role("link", name=name, exact=True).first.click()


def test_from_the_front_page_to_trends_hashtags_and_people(people, world):
    reader = people()
    reader.open("/")
    reader.page.get_by_role("navigation", name="Main").get_by_role("link", name="Explore").click()
    assert reader.path == "/public"
    assert reader.sees("Coal is dear") and not reader.sees("And tea after it"), (
        "answers stay in their threads"
    )
    tabs = reader.page.get_by_role("navigation", name="Explore")
    tabs.get_by_role("link", name="Trends").click()
    assert reader.sees("#locomotives") and reader.sees("Steam before breakfast")
    assert not reader.sees("Coal is dear"), "nobody cared for it"
    reader.page.locator("ul.list").get_by_role("link", name="#locomotives").click()
    assert reader.path == "/tags/locomotives"
    assert reader.sees("Steam before breakfast") and reader.sees("And tea after it")
    assert not reader.sees("Coal is dear")
    reader.page.go_back()
    tabs.get_by_role("link", name="People").click()
    assert reader.sees("@ada") and reader.sees("@bob")
    go(reader, "who came last")
    names = reader.page.locator("ul.list .who span").all_inner_texts()
    assert names == ["@bob", "@ada"]
    reader.page.locator("ul.list .who", has_text="@ada").click()
    assert reader.path == "/@ada"


def test_the_tabs_of_a_profile_and_a_thread_lead_into_each_other(people, world):
    reader = people()
    reader.open("/@bob")
    assert reader.sees("bob boosted") and not reader.sees("And tea after it")
    go(reader, "Posts and answers")
    assert reader.sees("And tea after it")
    reader.open_post("And tea after it")
    texts = reader.page.locator(".thread .text").all_inner_texts()
    assert [text.split()[0] for text in texts] == ["Steam", "@ada"], "what is answered comes first"
    reader.post("Steam before").locator("a.who").click()
    assert reader.path == "/@ada"
    go(reader, "Pictures")
    assert reader.sees("No pictures yet")
    reader.page.get_by_role("link", name="1 follower").click()
    assert reader.sees("@bob")
    go(reader, "ada")
    reader.page.get_by_role("link", name="0 following").click()
    assert reader.sees("Nobody yet")
    feed = reader.page.request.get(f"{reader.base}/@ada/feed.atom")
    assert feed.ok and "Coal is dear" in feed.text()


@pytest.mark.parametrize("query", ["breakfast", "steam from:ada", '"before breakfast" -coal'])
def test_search_finds_by_words_and_leads_to_what_it_found(people, world, query):
    reader = people()
    reader.open("/search")
    reader.page.get_by_label("What do you look for?").fill(query)
    reader.page.get_by_role("main").get_by_role("button", name="Search").click()
    assert reader.sees("Steam before breakfast") and not reader.sees("Coal is dear")
    reader.page.get_by_role("navigation", name="What is shown").get_by_role("link", name="People").click()
    assert not reader.sees("Steam before breakfast")
    assert reader.page.get_by_label("What do you look for?").input_value() == query


def test_search_finds_people_and_hashtags_by_kind(people, world):
    reader = people()
    reader.open("/search?q=locomotives")
    kinds = reader.page.get_by_role("navigation", name="What is shown")
    kinds.get_by_role("link", name="Hashtags").click()
    go(reader, "#locomotives")
    assert reader.sees("Steam before breakfast")
    reader.open("/search?q=@bob")
    kinds.get_by_role("link", name="People").click()
    reader.page.locator("ul.list .who", has_text="@bob").click()
    assert reader.path == "/@bob"
    reader.open("/search?q=nothinglikeit")
    assert reader.sees("Nothing found")


def test_what_the_site_is_and_what_is_only_for_people_who_are_here(people, world):
    reader = people()
    reader.open("/public")
    reader.page.get_by_role("link", name="About", exact=True).first.click()
    assert reader.sees("2 people") and reader.sees("3 posts")
    go(reader, "Day by day")
    assert reader.path == "/about/statistics"
    reader.open("/@ada")
    reader.post("Coal is dear").get_by_role("link", name="Log in to favourite").click()
    reader.page.get_by_label("Username or e-mail address").fill("bob")
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("main").get_by_role("button", name="Log in").click()
    assert reader.sees("Coal is dear") and reader.path.startswith("/@ada/")


def test_a_post_is_found_by_programs_that_quote_follow_and_index(people, world):
    reader = people()
    reader.open("/@ada")
    reader.open_post("Coal is dear")
    asked = reader.page.request
    quoted = asked.get(f"{reader.base}/oembed", params={"url": reader.page.url}).json()
    assert quoted["author_name"] == "ada" and "Coal is dear" in quoted["html"]
    for path in ("/public", "/tags/locomotives"):
        reader.open(path)
        for kind in ("rss", "atom"):
            link = reader.page.locator(f"link[type='application/{kind}+xml']")
            assert "Steam before" in asked.get(link.evaluate("link => link.href")).text(), path
    robots = asked.get(f"{reader.base}/robots.txt").text()
    files = re.findall("<loc>(.*?)</loc>", asked.get(robots.partition("Sitemap: ")[2].strip()).text())
    listed = "".join(asked.get(file).text() for file in files)
    assert f"{reader.base}/@ada" in listed and f"{reader.base}/public" in listed
