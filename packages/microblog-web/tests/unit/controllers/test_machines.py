"""What search engines and other sites are told: sitemaps, robots, previews, oEmbed, microformats."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import mf2py
import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.posts import DeletePost, delete_post
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_web.times import machine

ORIGIN = "http://localhost:8000"
SITE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
EVIL = "]]><script>alert(1)</script> & \"'"
DAY = 24 * 3600


async def places(browser, path):
    page = await browser.get(path)
    assert page.status == 200, path
    assert page.headers["content-type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(page.body)
    return [each.text.removeprefix(ORIGIN) for each in root.iter(f"{SITE}loc")]


async def test_the_index_names_a_file_for_each_day_since_the_first(house):
    visitor = await house.visitor()
    assert await places(visitor, "/sitemap.xml") == ["/sitemaps/pages.xml"]
    ada, _ = await house.person("ada")
    await house.write(ada, "First")
    house.clock.advance(2 * DAY)
    entry = await house.write(ada, "Later")
    assert await places(visitor, "/sitemap.xml") == [
        "/sitemaps/pages.xml",
        "/sitemaps/2026-01-03.xml",
        "/sitemaps/2026-01-02.xml",
        "/sitemaps/2026-01-01.xml",
    ]
    assert await places(visitor, "/sitemaps/2026-01-03.xml") == [f"/@ada/{entry.post.id}"]
    assert await places(visitor, "/sitemaps/2026-01-02.xml") == []
    named = await places(visitor, "/sitemaps/2026-01-01.xml")
    assert len(named) == 2 and named[0] == "/@ada"
    for path in await places(visitor, "/sitemaps/pages.xml"):
        assert (await visitor.get(path)).status == 200, path


async def test_who_does_not_want_to_be_indexed_is_in_no_sitemap_and_says_so_on_each_page(house):
    ada, _ = await house.person("ada")
    entry = await house.write(ada, "Hello")
    visitor, day = await house.visitor(), "/sitemaps/2026-01-01.xml"
    pages = ("/@ada", f"/@ada/{entry.post.id}", "/@ada/with_replies", "/@ada/media")
    assert len(await places(visitor, day)) == 2
    for path in pages:
        assert "noindex" not in (await visitor.get(path)).text, path
    await update_profile(house.site.ports, Actor(account=ada), EditProfile(indexable=False))
    assert await places(visitor, day) == []
    for path in pages:
        assert '<meta name="robots" content="noindex">' in (await visitor.get(path)).text, path


async def test_what_is_not_public_or_gone_is_in_no_sitemap(house):
    ada, _ = await house.person("ada")
    eve, _ = await house.person("eve")
    for level in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await house.write(ada, "Quiet", visibility=level)
    gone = await house.write(ada, "Gone soon")
    await house.write(eve, "Spam")
    visitor, day = await house.visitor(), "/sitemaps/2026-01-01.xml"
    assert len(await places(visitor, day)) == 4
    await delete_post(house.site.ports, SYSTEM, DeletePost(post_id=gone.post.id))
    await set_account_state(
        house.site.ports, SYSTEM, SetState(account_id=eve.id, state=AccountState.SUSPENDED)
    )
    assert await places(visitor, day) == ["/@ada"]


async def test_a_day_with_many_posts_is_read_in_pieces(house, monkeypatch):
    from microblog_web.controllers import sitemaps

    monkeypatch.setattr(sitemaps, "_READ", 4)
    ada, _ = await house.person("ada")
    entries = [await house.write(ada, f"Number {number}") for number in range(11)]
    named = await places(await house.visitor(), "/sitemaps/2026-01-01.xml")
    assert named[1:] == [f"/@ada/{entry.post.id}" for entry in reversed(entries)]


@pytest.mark.parametrize(
    "name",
    [
        "2025-12-31.xml",
        "2026-01-02.xml",
        "2026-13-01.xml",
        "x.xml",
        "2026-01-01",
        "0001-01-01.xml",
        "9999-12-31.xml",
    ],
)
async def test_days_that_were_not_have_no_file(house, name):
    await house.person("ada")
    assert (await (await house.visitor()).get(f"/sitemaps/{name}")).status == 404


async def test_robots_are_told_where_the_sitemap_is_and_what_is_not_for_them(house):
    page = await (await house.visitor()).get("/robots.txt")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert page.text.startswith("User-agent: *\nDisallow: /compose\n")
    assert f"\nSitemap: {ORIGIN}/sitemap.xml\n" in page.text


def alternates(page):
    return re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', page.text)


async def test_pages_name_their_feeds(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "On #tea")
    visitor = await house.visitor()
    feeds = {
        "/": "/public/feed",
        "/public": "/public/feed",
        "/@ada": "/@ada/feed",
        "/tags/tea": "/tags/tea/feed",
    }
    for path, feed in feeds.items():
        named = alternates(await visitor.get(path))
        assert [href for _, href in named] == [f"{feed}.{end}" for end in ("atom", "rss", "json")], path
        for kind, href in named:
            assert (await visitor.get(href)).headers["content-type"].startswith(kind)


async def test_oembed_quotes_a_post_and_escapes_what_people_wrote(house):
    ada, _ = await house.person("ada", display_name=EVIL[:60])
    entry = await house.write(ada, EVIL)
    visitor = await house.visitor()
    url = f"{ORIGIN}/@ada/{entry.post.id}"
    told = json.loads((await visitor.get(f"/oembed?url={url}&maxwidth=300")).body)
    assert (told["type"], told["version"], told["width"], told["height"]) == ("rich", "1.0", 300, None)
    assert "<script" not in told["html"]
    assert f'cite="{url}"' in told["html"]
    page = await visitor.get(f"/oembed?url={url}&format=xml")
    assert page.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(page.body)
    assert root.find("html").text == told["html"]
    assert root.find("author_name").text == EVIL[:60]


async def test_oembed_knows_only_posts_that_everybody_may_see(house):
    ada_account, ada = await house.person("ada")
    hidden = await house.write(ada_account, "Quiet", visibility=Visibility.FOLLOWERS)
    shown = await house.write(ada_account, "Loud")
    wrong = ["", "x", "https://elsewhere.example/@ada/1", f"{ORIGIN}/@ada", f"{ORIGIN}/@ada/{hidden.post.id}"]
    for url in wrong:
        assert (await ada.get(f"/oembed?url={url}")).status == 404, url
    assert (await ada.get(f"/oembed?url={ORIGIN}/@ada/{shown.post.id}&format=yaml")).status == 501


async def test_a_post_tells_other_sites_how_to_show_it(open_house):
    async with open_house(base_url="https://micro.example") as house:
        ada, _ = await house.person("ada", avatar="ab/face.webp", avatar_description="A face")
        entry = await house.write(ada, "Hello")
        visitor = await house.visitor()
        head = (await visitor.get(f"/@ada/{entry.post.id}")).text.split("</head>")[0]
        assert '<meta property="og:image" content="https://micro.example/media/ab/face.webp">' in head
        assert f'<meta property="article:published_time" content="{machine(entry.post.created_at)}">' in head
        assert f"/oembed?url=https%3A%2F%2Fmicro.example%2F%40ada%2F{entry.post.id}" in head
        assert '<meta property="og:image:alt" content="A face">' in (await visitor.get("/@ada")).text


async def test_pages_are_read_as_microformats(house):
    ada, _ = await house.person("ada", display_name="Ada L", bio="Grows tea")
    first = await house.write(ada, "Hello #tea")
    answer = await house.write(ada, "Me again", in_reply_to_id=first.post.id, spoiler="Boring")
    visitor = await house.visitor()
    profile = mf2py.parse(doc=(await visitor.get("/@ada")).text, url=f"{ORIGIN}/@ada")
    card = next(item for item in profile["items"] if item["type"] == ["h-card"])["properties"]
    assert (card["name"], card["url"], card["nickname"]) == (["Ada L"], [f"{ORIGIN}/@ada"], ["ada"])
    feed = next(item for item in profile["items"] if item["type"] == ["h-feed"])
    entries = [item["properties"] for item in feed["children"] if item["type"] == ["h-entry"]]
    assert [entry["url"] for entry in entries] == [
        [f"{ORIGIN}/@ada/{answer.post.id}"],
        [f"{ORIGIN}/@ada/{first.post.id}"],
    ]
    assert entries[0]["summary"] == ["Boring"]
    assert entries[0]["in-reply-to"] == [f"{ORIGIN}/@ada/{first.post.id}"]
    assert entries[1]["published"] == [machine(first.post.created_at)]
    assert entries[1]["content"][0]["value"] == "Hello #tea"
    assert entries[1]["author"][0]["properties"]["name"] == ["Ada L"]
    assert entries[1]["author"][0]["properties"]["url"] == [f"{ORIGIN}/@ada"]
