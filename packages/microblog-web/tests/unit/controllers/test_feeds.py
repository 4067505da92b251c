"""Feeds as feed readers read them: valid whatever people write, for everybody only what everybody may see."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import feedparser
import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.filters import FilterAction, FilterContext
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.operations import UpdateLogin
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.filters import CreateFilter, KeywordChange, create_filter
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_core.services.reactions import PostCommand, boost_post

EVIL = "]]><script>alert(1)</script> & \"quoted\" <b>'x'</b>"
ENDS = ("atom", "rss", "json")
ORIGIN = "http://localhost:8000"


async def read(browser, path):
    """The feed as a reader's library understands it; JSON as itself in the same words."""
    page = await browser.get(path)
    assert page.status == 200, (path, page.status)
    if ".json" in path:
        assert page.headers["content-type"] == "application/feed+json; charset=utf-8"
        given = json.loads(page.body)
        assert given["version"] == "https://jsonfeed.org/version/1.1"
        return [(item["id"], item["title"], item["content_html"]) for item in given["items"]]
    ElementTree.fromstring(page.body)
    parsed = feedparser.parse(page.body, response_headers={"content-type": page.headers["content-type"]})
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == {"atom": "atom10", "rss": "rss20"}["atom" if ".atom" in path else "rss"]
    return [
        (entry.id, entry.title, entry.content[0].value if "content" in entry else entry.summary)
        for entry in parsed.entries
    ]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("path", ["/public", "/@ada", "/tags/tea"])
async def test_hostile_texts_stay_texts_and_the_feed_stays_valid(house, path, end):
    ada, _ = await house.person("ada", display_name=EVIL[:60], bio=EVIL)
    entry = await house.write(ada, f"{EVIL} #tea")
    await house.write(ada, "Second #tea", spoiler=EVIL[:60], language="de")
    visitor = await house.visitor()
    items = await read(visitor, f"{path}/feed.{end}")
    assert len(items) == 2
    identifier, title, content = items[1]
    assert identifier == f"{ORIGIN}/@ada/{entry.post.id}"
    assert "quoted" in title
    assert "<script" not in content
    assert "alert(1)" in content
    assert f'{ORIGIN}/tags/tea"' in content
    assert (await visitor.get(f"/@ada/{entry.post.id}")).status == 200


async def test_characters_that_xml_can_not_hold_are_left_out(house):
    from microblog_web.feeds import FORMATS
    from microblog_web.feeds.model import Feed, Item

    item = Item(
        url="https://x.example/1",
        title="a\x00b\x1f\ufffe",
        html="<p>\x0b</p>",
        published=0,
        updated=0,
        author="\ud800",
        author_url="https://x.example",
    )
    feed = Feed(title="\x01t", description="", url="https://x.example/f", page="/", updated=0, items=(item,))
    for end in ("atom", "rss"):
        parsed = feedparser.parse(FORMATS[end].draw(feed))
        assert not parsed.bozo
        assert (parsed.feed.title, parsed.entries[0].title) == ("t", "ab")


@pytest.mark.parametrize("end", ENDS)
async def test_only_what_everybody_may_see_whoever_asks(house, end):
    ada_account, ada = await house.person("ada")
    for level in ("public", "unlisted", "followers", "direct"):
        await house.write(ada_account, f"Level {level} #tea", visibility=Visibility(level))
    for browser in (ada, await house.visitor()):
        listed = {
            path: {title.split()[2] for _, title, _ in await read(browser, f"{path}/feed.{end}")}
            for path in ("/public", "/@ada", "/tags/tea")
        }
        assert listed == {
            "/public": {"public"},
            "/@ada": {"public", "unlisted"},
            "/tags/tea": {"public"},
        }


async def test_answers_and_boosts_are_switched(house):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    theirs = await house.write(bob, "From bob")
    await house.write(ada, "Own")
    await house.write(ada, "Answer", in_reply_to_id=theirs.post.id)
    await boost_post(house.site.ports, Actor(account=ada), PostCommand(post_id=theirs.post.id))
    visitor = await house.visitor()

    async def titles(query):
        return {title for _, title, _ in await read(visitor, f"/@ada/feed.atom{query}")}

    own, answer, boost = "ada: Own", "ada: Answer", "ada ↻ bob: From bob"
    assert await titles("") == {own, boost}
    assert await titles("?replies=1") == {own, boost, answer}
    assert await titles("?boosts=0") == {own}
    assert await titles("?boosts=0&replies=1") == {own, answer}
    for identifier, _, _ in await read(visitor, "/@ada/feed.atom"):
        assert (await visitor.get(identifier.removeprefix(ORIGIN))).status == 200


async def test_a_reader_that_has_it_gets_nothing_until_something_changes(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "One")
    visitor = await house.visitor()
    for path in ("/public/feed.rss", "/@ada/feed.json", "/@ada/feed.atom?boosts=0"):
        etag = (await visitor.get(path)).headers["etag"]
        house.clock.advance(3600)
        same = {"if-none-match": etag}
        assert (await visitor.get(path, headers=same)).status == 304, path
        await house.write(ada, "Another")
        assert (await visitor.get(path, headers=same)).status == 200, path


async def test_parameters_that_decide_nothing_do_not_multiply_what_is_kept(house):
    await house.person("ada")
    visitor = await house.visitor()
    plain = await visitor.get("/@ada/feed.atom")
    assert (await visitor.get("/@ada/feed.atom?utm=1&boosts=1&replies=0")).body == plain.body
    cache = house.site.ports.cache
    assert cache.get(f"feed:{ORIGIN}/@ada/feed.atom?") is not None
    assert cache.get(f"feed:{ORIGIN}/@ada/feed.atom?utm=1&boosts=1&replies=0") is None


@pytest.mark.parametrize("end", ENDS)
async def test_older_pages_are_found_by_link(house, end):
    ada, _ = await house.person("ada")
    for number in range(25):
        await house.write(ada, f"Number {number}")
    visitor = await house.visitor()
    first = await visitor.get(f"/public/feed.{end}")
    if end == "json":
        older = json.loads(first.body)["next_url"]
    else:
        links = feedparser.parse(first.body).feed.links
        older = next(link.href for link in links if link.rel == "next")
    titles = [title for _, title, _ in await read(visitor, older.removeprefix(ORIGIN))]
    assert titles == [f"ada: Number {number}" for number in range(4, -1, -1)]


async def test_who_is_not_here_has_no_feed_and_a_spelling_leads_on(house):
    ada, _ = await house.person("Ada")
    visitor = await house.visitor()
    moved = await visitor.get("/@aDA/feed.rss?replies=1&x=2", follow=False)
    assert (moved.status, moved.location) == (301, "/@Ada/feed.rss?replies=1")
    for path in ("/@nobody/feed.rss", "/ada/feed.rss", "/public/feed.atom?max_id=x", "/public/feed.txt"):
        assert (await visitor.get(path)).status == 404, path
    assert await read(visitor, "/@Ada/feed.atom") == []
    await set_account_state(
        house.site.ports, SYSTEM, SetState(account_id=ada.id, state=AccountState.SUSPENDED)
    )
    assert (await visitor.get("/@Ada/feed.atom")).status == 404


async def test_who_does_not_want_to_be_indexed_is_not_by_their_feed(house):
    ada, _ = await house.person("ada")
    visitor = await house.visitor()
    assert "x-robots-tag" not in (await visitor.get("/@ada/feed.rss")).headers
    await update_profile(house.site.ports, Actor(account=ada), EditProfile(indexable=False))
    assert (await visitor.get("/@ada/feed.rss")).headers["x-robots-tag"] == "noindex"


async def address_of(browser):
    """The secret address on the settings page."""
    form = (await browser.get("/settings/feeds")).form("csrf_token")
    answer = await browser.post(form.action, {**form.fields, "do": "make"})
    assert answer.location == "/settings/feeds"
    text = (await browser.get("/settings/feeds")).text
    return text.partition(f'value="{ORIGIN}')[2].partition('"')[0]


async def test_the_home_feed_shows_what_its_owner_sees_at_home(house):
    ada_account, ada = await house.person("ada")
    bob, _ = await house.person("bob")
    await house.follow(ada_account, bob)
    await house.write(bob, "For followers", visibility=Visibility.FOLLOWERS)
    await house.write(bob, "About cheese")
    address = await address_of(ada)
    visitor = await house.visitor()
    for end in ENDS:
        path = address.replace("home.atom", f"home.{end}")
        assert [title for _, title, _ in await read(visitor, path)] == [
            "bob: About cheese",
            "bob: For followers",
        ]
    page = await visitor.get(address)
    assert page.headers["cache-control"] == "private, no-cache"
    assert page.headers["x-robots-tag"] == "noindex"
    assert (await visitor.get(address, headers={"if-none-match": page.headers["etag"]})).status == 304
    hide = CreateFilter(
        title="Food",
        context=(FilterContext.HOME,),
        action=FilterAction.HIDE,
        keywords=(KeywordChange(keyword="cheese"),),
    )
    await create_filter(house.site.ports, Actor(account=ada_account), hide)
    assert [title for _, title, _ in await read(visitor, address)] == ["bob: For followers"]


async def test_an_address_ends_with_a_new_one_a_new_password_or_the_account(house):
    ada_account, ada = await house.person("ada")
    eve_account, eve = await house.person("eve")
    visitor = await house.visitor()

    async def status(path):
        return (await visitor.get(path)).status

    first = await address_of(ada)
    second = await address_of(ada)
    assert (await status(first), await status(second)) == (404, 200)
    token = second.partition("token=")[2]
    other = f"/feeds/home.atom?token={eve_account.id}.{token.partition('.')[2]}"
    await address_of(eve)
    for wrong in (other, "/feeds/home.atom", "/feeds/home.atom?token=1.x", second[:-1], f"{second}é"):
        assert await status(wrong) == 404, wrong
    form = (await ada.get("/settings/feeds")).form("csrf_token")
    await ada.post(form.action, {**form.fields, "do": "end"})
    assert await status(second) == 404
    third = await address_of(ada)
    changed = UpdateLogin(account_id=ada_account.id, password_changed_at=house.clock.now())
    await house.build.apply(changed)
    assert await status(third) == 404
    fourth = (await ada.get("/settings/feeds")).text.partition(f'value="{ORIGIN}')[2].partition('"')[0]
    assert await status(fourth) == 200
    state = SetState(account_id=ada_account.id, state=AccountState.DISABLED)
    await set_account_state(house.site.ports, SYSTEM, state)
    assert await status(fourth) == 404


async def test_the_settings_page_refuses_what_no_button_says(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/settings/feeds")).form("csrf_token")
    assert (await ada.post(form.action, {**form.fields, "do": "more"})).status == 404
    assert (await ada.post(form.action, {"do": "make"})).status == 403
    assert "/login" in (await (await house.visitor()).get("/settings/feeds", follow=False)).location
