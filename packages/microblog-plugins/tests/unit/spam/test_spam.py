"""Rules against spam on a real site: what is refused says what to change, and everything else passes."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.ports.operations import AddIdempotencyKey
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import EditPost, PublishPost, check_publishable, edit_post, publish_post
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with

SAME = "Look at what I have found today"


def house(*more, clock=None, **rules):
    return site_with(installed=["spam", *more], settings={"spam": rules}, clock=clock)


async def person(site, name="ada", role=Role.MEMBER):
    command = CreateAccount(
        username=name, email=f"{name}@example.org", password="a long pass phrase", role=role
    )
    return Actor(account=await create_account(site.ports, SYSTEM, command))


async def refusal(site, actor, text, **more):
    with pytest.raises(Invalid) as refused:
        await publish_post(site.ports, actor, PublishPost(text=text, **more))
    return dict(refused.value.fields)


async def said(site, actor, text, **more):
    return (await publish_post(site.ports, actor, PublishPost(text=text, **more))).post


async def test_installed_alone_it_refuses_nothing():
    async with house() as site:
        assert report_of(site, "spam").state == "active"
        assert (site.contributions.post_validators, site.contributions.post_guards) == ((), ())


async def test_words_and_phrases_are_refused_however_they_are_spelled_and_only_as_whole_words():
    async with house(words=["Casino", "buy  followers", "café", "赌博"]) as site:
        ada = await person(site)
        for text in ("CASINO!", "the ｃａｓｉｎｏ", "*casino*", "see https://x.example/casino"):
            assert await refusal(site, ada, text) == {
                "text": "Posts here do without “Casino”. Say it in other words."
            }
        assert "buy  followers" in (await refusal(site, ada, "Buy\nfollowers now"))["text"]
        assert "café" in (await refusal(site, ada, "CAFE"))["text"]
        assert "赌博" in (await refusal(site, ada, "我赌博网"))["text"]
        assert set(await refusal(site, ada, "casino", spoiler="a casino")) == {"text", "spoiler"}
        post = await said(site, ada, "casinos, occasions, buy my followers, 赌 博物馆")
        with pytest.raises(Invalid, match="Casino"):
            await edit_post(site.ports, ada, EditPost(post_id=post.id, text="casino"))


async def test_a_thousand_phrases_are_looked_for_as_quickly_as_one():
    from microblog_plugins.spam.words import Phrases

    class Counted(dict):
        looked = 0

        def get(self, *key):
            Counted.looked += 1
            return super().get(*key)

    phrases = Phrases([f"word{number} then" for number in range(1000)])
    phrases._by_first = Counted(phrases._by_first)
    assert phrases.first_in("a b word7 then") == "word7 then"
    assert Counted.looked == 3


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "http://WWW.Evil.Example:8080/a?b#c",
        "https://a.b.evil.example./",
        "https://good.example@evil.example/",
        "https://evil%2Eexample/",
        "https://evil。example/",
        "https://ｅｖｉｌ.example/",
    ],
)
async def test_links_to_a_domain_and_all_below_it_are_refused(address):
    async with house(domains=["*.evil.example"]) as site:
        told = await refusal(site, await person(site), f"see {address} now")
        assert told == {"text": "Posts here don't link to *.evil.example. Leave that link out."}


async def test_other_domains_and_texts_that_name_it_pass():
    async with house(domains=["evil.example", "bücher.example"]) as site:
        ada = await person(site)
        for text in (
            "https://notevil.example",
            "https://evil.example.org/evil.example",
            "evil.example",
            "https://[",
        ):
            await said(site, ada, text)
        assert await refusal(site, ada, "https://xn--bcher-kva.example")


async def test_a_link_with_a_label_is_a_link():
    site = site_with(
        installed=["spam", "markdown"],
        settings={"spam": {"domains": ["evil.example"], "links": 1}, "markdown": {"enabled": True}},
    )
    async with site:
        ada = await person(site)
        assert "evil.example" in (await refusal(site, ada, "[good](https://evil.example)"))["text"]
        assert (
            "at most 1, and these are 2"
            in (await refusal(site, ada, "[a](https://a.example) [b](https://b.example)"))["text"]
        )


async def test_there_may_be_only_so_many_links_names_and_hashtags():
    async with house(links=1, mentions=1, tags=1) as site:
        ada = await person(site)
        await person(site, "bob")
        await said(site, ada, "@ada #a https://a.example @nobody")
        assert await refusal(site, ada, "https://a.example https://a.example") == {
            "text": "Links in one post: at most 1, and these are 2. Leave some out."
        }
        assert "these are 2" in (await refusal(site, ada, "@ada @bob"))["text"]
        assert "Hashtags" in (await refusal(site, ada, "#a #b"))["text"]


async def test_new_accounts_post_no_links_for_some_hours():
    clock = FrozenClock()
    async with house(clock=clock, new_account_hours=2) as site:
        ada = await person(site)
        clock.advance(1800)
        assert await refusal(site, ada, "https://a.example") == {
            "text": "New accounts can't post links yet. Leave them out, or wait for 2 h."
        }
        await said(site, ada, "no link")
        clock.advance(5400)
        await said(site, ada, "https://a.example")


async def test_who_moderates_is_trusted():
    rules = {"words": ["casino"], "domains": ["evil.example"], "links": 1, "new_account_hours": 1}
    async with house(repeat_seconds=60, **rules) as site:
        bob = await person(site, "bob", Role.MODERATOR)
        for _ in range(2):
            await said(site, bob, "this casino: https://evil.example and https://evil.example")


async def test_the_same_text_is_refused_for_a_while_and_then_is_not():
    clock = FrozenClock()
    async with house(clock=clock, repeat_seconds=60) as site:
        ada, bob = await person(site), await person(site, "bob")
        await said(site, ada, SAME)
        clock.advance(20)
        assert await refusal(site, ada, f"{SAME.upper()}!!") == {
            "text": "You wrote the same a short while ago. Write something else, or wait for 40 s."
        }
        await said(site, bob, SAME)
        await said(site, ada, f"{SAME} too")
        for _ in range(2):
            await said(site, ada, "Thank you!")
        clock.advance(40)
        await said(site, ada, SAME)


async def test_a_preview_counts_nothing_and_what_was_not_stored_may_be_tried_again():
    async with house(repeat_seconds=60) as site:
        ada = await person(site)
        await check_publishable(site.ports, ada, PublishPost(text=SAME))
        taken = AddIdempotencyKey(account_id=ada.id, key="k", result_id=1, created_at=1)
        unit = site.ports.unit()
        unit.apply(taken)
        await unit.commit()
        with pytest.raises(Conflict):
            await publish_post(site.ports.having(taken), ada, PublishPost(text=SAME))
        post = await said(site, ada, SAME)
        await edit_post(site.ports, ada, EditPost(post_id=post.id, text=f"{SAME}."))


async def test_processes_that_share_a_limiter_remember_together(redis_url):
    settings = {"spam": {"repeat_seconds": 60}, "redis": {"url": redis_url}}
    one, two = (site_with(installed=["spam", "redis"], settings=settings) for _ in range(2))
    async with one, two:
        actor = await person(one)
        await said(one, actor, SAME)
        # Another process has the same account: here it is another storage in which nobody is named.
        assert "wrote the same" in (await refusal(two, actor, SAME))["text"]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"links": -1}, "plugins.spam.links is negative"),
        ({"repeat_seconds": 10**9}, "longer than a week"),
        ({"word": ["a"]}, "word"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(rules, reason):
    report = report_of(house(**rules), "spam")
    assert report.state == "broken"
    assert reason in report.reason
