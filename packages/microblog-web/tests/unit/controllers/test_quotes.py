"""Quotes: the button, the form, and how they are shown."""

from __future__ import annotations

from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import QuotePolicy, Visibility
from microblog_core.services.quotes import RevokeQuote, revoke_quote


async def test_a_post_is_quoted_by_its_button_and_shown_within_the_other(house):
    ben, _ = await house.person("ben", display_name="Ben <3")
    _, ada = await house.person("ada")
    post = (await house.write(ben, "Wise <words>", spoiler="Wisdom")).post
    assert f'href="/compose?quote={post.id}"' in (await ada.get("/@ben")).text
    page = await ada.get(f"/compose?quote={post.id}")
    assert "You quote" in page.text
    answer = await ada.submit(page.form("quoted_post_id", "text"), text="Indeed")
    assert answer.status == 303
    text = (await (await house.visitor()).get("/@ada")).text
    cited = text.partition('<blockquote class="cited">')[2].partition("</blockquote>")[0]
    assert "Wise &lt;words&gt;" in cited and "Ben &lt;3" in cited and f'href="/@ben/{post.id}"' in cited
    assert "<summary><span>Wisdom</span></summary>" in cited


async def test_the_button_is_shown_only_to_those_who_may_quote(house):
    ben, own = await house.person("ben")
    account, ada = await house.person("ada")
    posts = {
        policy: (await house.write(ben, str(policy), quote_policy=policy)).post for policy in QuotePolicy
    }
    private = (await house.write(ben, "private", visibility=Visibility.FOLLOWERS)).post

    async def offered(browser):
        text = (await browser.get("/@ben")).text
        return {policy for policy, post in posts.items() if f"/compose?quote={post.id}" in text}

    assert await offered(await house.visitor()) == set()
    assert await offered(ada) == {QuotePolicy.PUBLIC}
    assert await offered(own) == set(QuotePolicy)
    await house.follow(account, ben)
    assert await offered(ada) == {QuotePolicy.PUBLIC, QuotePolicy.FOLLOWERS}
    assert f"/compose?quote={private.id}" not in (await ada.get("/@ben")).text
    form = (await ada.get("/compose")).form("text")
    fields = {**form.fields, "text": "Mine", "quoted_post_id": str(posts[QuotePolicy.NOBODY].id)}
    answer = await ada.post("/compose", fields)
    assert answer.status == 422 and "does not wish" in answer.text and ">\nMine</textarea>" in answer.text


async def test_who_may_quote_a_new_post_is_chosen_in_the_form(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("quote_policy")
    await ada.submit(form, text="Not me", quote_policy="nobody")
    _, ben = await house.person("ben")
    assert "/compose?quote=" not in (await ben.get("/@ada")).text
    wrong = await ada.submit((await ada.get("/compose")).form("quote_policy"), text="x", quote_policy="all")
    assert wrong.status == 422 and "Choose one of the list." in wrong.text


async def test_a_quote_that_was_taken_back_shows_nothing_of_the_post(house):
    ben, _ = await house.person("ben")
    ada, _ = await house.person("ada")
    post = (await house.write(ben, "Wise words")).post
    quoting = await house.write(ada, "Indeed", quoted_post_id=post.id)
    visitor = await house.visitor()
    assert "Wise words" in (await visitor.get("/@ada")).text
    command = RevokeQuote(post_id=post.id, quoting_id=quoting.post.id)
    await revoke_quote(house.site.ports, Actor(account=ben), command)
    text = (await visitor.get("/@ada")).text
    assert "Wise words" not in text and "The quoted post isn't shown" in text.replace("&#39;", "'")


async def test_what_can_not_be_seen_can_not_be_quoted(house):
    ben, _ = await house.person("ben")
    _, ada = await house.person("ada")
    post = (await house.write(ben, "secret", visibility=Visibility.FOLLOWERS)).post
    assert (await ada.get(f"/compose?quote={post.id}")).status == 404


async def test_who_quotes_a_post_is_a_page_where_its_author_takes_quotes_back(house):
    ben, own = await house.person("ben")
    ada, other = await house.person("ada")
    post = (await house.write(ben, "Wise words")).post
    path = f"/posts/{post.id}/quotes"
    assert "Nobody quotes this post" in (await own.get(path)).text
    quoting = (await house.write(ada, "Indeed", quoted_post_id=post.id)).post
    assert f'href="{path}"' in (await own.get(f"/posts/{post.id}/more")).text
    revoke = f"{path}/{quoting.id}/revoke"
    assert (
        revoke in (await own.get(path)).text and revoke in (await own.get(f"/posts/{quoting.id}/more")).text
    )
    page = (await other.get(path)).text
    assert "Indeed" in page and revoke not in page
    assert (await other.get(revoke)).status == 403
    asked = await own.get(revoke)
    assert "No longer be quoted by @ada?" in asked.text
    form = next(form for form in asked.forms() if form.action == revoke)
    assert (await own.submit(form)).location == path
    page = (await own.get(path)).text
    assert "no longer shown in that one" in page and "Indeed" not in page
    assert "The quoted post isn&#39;t shown" in (await other.get(f"/@ada/{quoting.id}")).text
    assert (await (await house.visitor()).get(path, follow=False)).status == 303
