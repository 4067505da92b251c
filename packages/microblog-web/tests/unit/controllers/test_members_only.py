"""Posts for members: writing them, the teaser that everybody sees, and that nobody else ever sees more."""

from __future__ import annotations

import pytest

from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services import reactions, timelines
from microblog_core.testing.payments import seed_member

ORIGIN = "http://localhost:8000"
TEASER, WHOLE = "teaser-marker", "whole-marker"


async def test_only_who_offers_a_tier_may_choose_members(shop):
    account, ada = await shop.house.person("ada")
    for path in ("/", "/compose"):
        assert "For members" not in (await ada.get(path)).text
    page = await ada.submit(
        (await ada.get("/compose")).form("text", "option_0"), text="x", visibility="members"
    )
    assert page.status == 422 and "Offer a tier" in page.text
    tier = await shop.tier(account)
    for path in ("/", "/compose"):
        page = await ada.get(path)
        assert 'value="members"' in page.text and "teaser" in page.form("text", "visibility").names, path
    assert tier.retired_at is None


async def test_without_money_nothing_about_members_is_offered(house):
    _, ada = await house.person("ada")
    for path in ("/", "/compose"):
        page = await ada.get(path)
        assert 'value="members"' not in page.text and 'name="teaser"' not in page.text


async def test_a_teaser_is_for_posts_for_members_alone(shop):
    account, ada = await shop.house.person("ada")
    await shop.tier(account)
    form = (await ada.get("/compose")).form("text", "teaser")
    page = await ada.submit(form, text="Hello", teaser="More?", visibility="public")
    assert page.status == 422 and "Only what is for members has a teaser" in page.text
    assert page.form("teaser").fields["teaser"].strip() == "More?"


async def test_a_preview_and_a_draft_keep_the_teaser(shop):
    account, ada = await shop.house.person("ada")
    await shop.tier(account)
    form = (await ada.get("/compose")).form("text", "teaser")
    written = {"text": WHOLE, "teaser": TEASER, "visibility": "members"}
    page = await ada.submit(form, button="/compose/preview", **written, teaser_unlisted="1")
    assert "What everybody else sees" in page.text and "Members only" in page.text
    answer = await ada.submit(page.form("text", "teaser"), button="/compose/draft")
    fields = (await ada.get(answer.location)).form("text", "teaser").fields
    assert (fields["teaser"].strip(), fields["visibility"], fields["teaser_unlisted"]) == (
        TEASER,
        "members",
        "1",
    )
    later = {"scheduled_at": "2027-01-01T10:00"}
    assert (await ada.submit((await ada.get(answer.location)).form("text", "teaser"), **later)).status == 303
    page = await ada.get("/scheduled")
    form = next(each for each in page.forms() if each.action.endswith("/move"))
    answer = await ada.submit(form, button=form.action.replace("/move", "/change"))
    fields = (await ada.get(answer.location)).form("text", "teaser").fields
    assert (fields["teaser"].strip(), fields["visibility"], fields["teaser_unlisted"]) == (
        TEASER,
        "members",
        "1",
    )


@pytest.fixture
async def written(shop):
    """A post for members with a teaser, and readers: anonymous, follower, member, author."""
    account, ada = await shop.house.person("ada")
    follower, fay = await shop.house.person("fay")
    member, mel = await shop.house.person("mel")
    await shop.house.follow(follower, account)
    await shop.house.follow(member, account)
    tier = await shop.tier(account)
    await seed_member(shop.ports.storage, member.id, tier)
    form = (await ada.get("/compose")).form("text", "teaser")
    answer = await ada.submit(form, text=f"{WHOLE} #shared", teaser=f"{TEASER} #shared", visibility="members")
    assert answer.status == 303
    whole = int(answer.location.rpartition("#p")[2])
    entry = await timelines.read_post(shop.ports, Actor(account=account), whole)
    readers = {"anonymous": await shop.house.visitor(), "follower": fay, "member": mel, "author": ada}
    return shop, entry.post, readers


def paths_of(post):
    teaser = f"/@ada/{post.in_reply_to_id}"
    feeds = [
        f"{where}/feed.{end}"
        for where in ("/public", "/tags/shared", "/@ada")
        for end in ("atom", "rss", "json")
    ]
    return [
        "/", "/public", "/tags/shared", "/@ada", "/@ada/with_replies", "/@ada/media", "/@ada/tagged/shared",
        teaser, f"{teaser}/history", f"/@ada/{post.id}", f"/@ada/{post.id}/history", "/notifications",
        f"/search?q={WHOLE}", f"/search?q={TEASER}", f"/search?q={ORIGIN}/@ada/{post.id}",
        "/trends", "/directory",
        "/sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/2026-01-01.xml", *feeds,
        f"/oembed?url={ORIGIN}/@ada/{post.id}", f"/oembed?url={ORIGIN}{teaser}",
        f"/posts/{post.id}/more", f"/posts/{post.id}/quotes", f"/posts/{post.in_reply_to_id}/more",
        f"/compose?reply={post.id}", f"/compose?quote={post.id}", f"/compose?quote={post.in_reply_to_id}",
    ]  # fmt: skip


async def test_every_surface_shows_others_the_teaser_and_nothing_of_the_whole(written):
    shop, post, readers = written
    found = {}
    for name, reader in readers.items():
        seen = {WHOLE: set(), TEASER: set()}
        for path in paths_of(post):
            page = await reader.get(path)
            assert page.status < 500, path
            for marker, where in seen.items():
                # What was searched for stands in the page of the search.
                text = page.text.replace(f'value="{marker}"', "").replace(f"q={marker}", "")
                if marker in text and not path.endswith(f"q={marker}"):
                    where.add(path)
            if name in ("anonymous", "follower"):
                assert f"/@ada/{post.id}" not in page.text or str(post.id) in path, path
        found[name] = seen
    teaser = f"/@ada/{post.in_reply_to_id}"
    assert found["anonymous"][WHOLE] == found["follower"][WHOLE] == set()
    whole = {"/@ada/with_replies", f"/@ada/{post.id}", f"/@ada/{post.id}/history", teaser}
    for name in ("member", "author"):
        assert whole | {"/"} <= found[name][WHOLE], name
    for feed in ("/public/feed.atom", "/@ada/feed.rss", "/tags/shared/feed.json"):
        assert feed in found["anonymous"][TEASER] and feed not in found["author"][WHOLE]
    assert {"/public", "/@ada", "/tags/shared", teaser} <= found["anonymous"][TEASER]
    assert f"/oembed?url={ORIGIN}{teaser}" in found["anonymous"][TEASER]
    page = await readers["anonymous"].get(teaser)
    assert f'property="og:description" content="{TEASER}' in page.text
    assert (await readers["follower"].get(f"/@ada/{post.id}")).status == 404
    assert teaser in (await readers["anonymous"].get("/sitemaps/2026-01-01.xml")).text
    assert shop.ports.gateways.rules.on


async def test_the_teaser_leads_others_to_the_membership_and_members_to_the_whole(written):
    _, post, readers = written
    teaser = f"/@ada/{post.in_reply_to_id}"
    for path in ("/@ada", teaser, "/public"):
        for name in ("anonymous", "follower"):
            page = await readers[name].get(path)
            assert 'href="/@ada/membership"' in page.text and "Read the whole post" not in page.text, path
        for name in ("member", "author"):
            page = await readers[name].get(path)
            assert "Read the whole post" in page.text and "Become a member" not in page.text, path


async def test_what_is_for_members_is_marked_and_neither_boosted_nor_quoted(written):
    shop, post, readers = written
    for name in ("member", "author"):
        page = await readers[name].get(f"/@ada/{post.id}")
        assert "Members only" in page.text
        assert f"/posts/{post.id}/boost" not in page.text
        assert f"/compose?quote={post.id}" not in page.text
    assert "can&#39;t be boosted" in page.text or "can't be boosted" in page.text
    token = (await readers["member"].get("/compose")).form("csrf_token", "text").fields["csrf_token"]
    answer = await readers["member"].post(f"/posts/{post.id}/boost", {"csrf_token": token})
    assert answer.status in (403, 404, 422)
    account = await shop.ports.storage.accounts.get(post.account_id)
    command = reactions.PostCommand(post_id=post.in_reply_to_id)
    assert (await reactions.boost_post(shop.ports, Actor(account=account), command)).post.boosts_count == 1


async def test_when_a_membership_is_over_the_whole_is_hidden_again(written):
    shop, post, _ = written
    former, _ = await shop.house.person("mia")
    (tier,) = await shop.ports.storage.payments.tiers(post.account_id)
    joined = await shop.join(former, tier)
    shop.house.clock.advance(40 * 24 * 3600)
    assert joined.paid_until and not joined.gives_access(shop.house.clock.now())
    mia = await shop.house.member(former)
    assert (await mia.get(f"/@ada/{post.id}")).status == 404
    page = await mia.get(f"/@ada/{post.in_reply_to_id}")
    assert WHOLE not in page.text and "Become a member" in page.text


@pytest.mark.parametrize("which", ["teaser", "whole"])
async def test_writing_anew_keeps_both_parts(written, which):
    _, post, readers = written
    ada = readers["author"]
    number = post.in_reply_to_id if which == "teaser" else post.id
    form = next(
        each for each in (await ada.get(f"/posts/{number}/delete")).forms() if each.action.endswith("/delete")
    )
    answer = await ada.submit(form, button=f"/posts/{number}/redraft")
    fields = (await ada.get(answer.location)).form("text", "teaser").fields
    assert fields["text"].strip().startswith(WHOLE) and fields["teaser"].strip().startswith(TEASER)
    assert fields["visibility"] == "members" and "in_reply_to_id" not in fields
    assert (await ada.get(f"/@ada/{post.in_reply_to_id}")).status == 404
    assert (await ada.get(f"/@ada/{post.id}")).status == 404


async def test_the_two_parts_are_edited_each_by_itself(written):
    _, post, readers = written
    ada = readers["author"]
    form = (await ada.get(f"/posts/{post.in_reply_to_id}/edit")).form("text", "version")
    assert (await ada.submit(form, text="Better words")).status == 303
    page = await readers["anonymous"].get("/@ada")
    assert "Better words" in page.text and 'href="/@ada/membership"' in page.text
    assert WHOLE in (await ada.get(f"/@ada/{post.id}")).text


async def test_levels_are_those_of_the_design(written):
    shop, post, _ = written
    teaser = await timelines.read_post(shop.ports, ANONYMOUS, post.in_reply_to_id)
    assert (teaser.post.visibility, post.visibility) == (Visibility.PUBLIC, Visibility.MEMBERS)
