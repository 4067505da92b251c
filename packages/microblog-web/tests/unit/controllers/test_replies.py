"""Who may reply to a post: chosen by its author, shown under it, and said where a reply is refused."""

from __future__ import annotations

import pytest

from microblog_core.domain.posts import ReplyPolicy
from microblog_core.domain.timelines import Page

PAGE = Page()


async def test_who_may_reply_is_chosen_in_the_form_shown_to_everybody_and_kept_to(house):
    ada, own = await house.person("ada", display_name="Ada <3")
    fan, follower = await house.person("fan")
    _, stranger = await house.person("eve")
    await house.follow(fan, ada)
    answer = await own.submit(
        (await own.get("/compose")).form("reply_policy"), text="For fans", reply_policy="followers"
    )
    assert answer.status == 303
    (entry,) = (await house.site.ports.storage.timelines.public(ada.id, PAGE)).items
    path, link = f"/@ada/{entry.post.id}", f'href="/@ada/{entry.post.id}#reply"'
    visitor = await house.visitor()
    for _ in range(2):
        assert "Followers can reply" in (await visitor.get(path)).text
    assert link in (await follower.get("/@ada")).text and link in (await own.get("/@ada")).text
    page = await stranger.get("/@ada")
    assert link not in page.text and "You can&#39;t reply to the post by Ada &lt;3" in page.text
    page = await stranger.get(path)
    assert "Only followers of Ada &lt;3 and people named in this post can reply." in page.text
    assert 'name="in_reply_to_id"' not in page.text
    refused = await stranger.get(f"/compose?reply={entry.post.id}")
    assert refused.status == 403 and "Only followers of Ada &lt;3" in refused.text
    form = (await stranger.get("/compose")).form("text", "option_0")
    sent = await stranger.post(
        "/compose", {**form.fields, "text": "But still", "in_reply_to_id": str(entry.post.id)}
    )
    assert sent.status == 403 and ">\nBut still</textarea>" in sent.text and "Only followers" in sent.text
    reply = (await follower.get(path)).form("in_reply_to_id")
    assert (await follower.submit(reply, text="Thanks")).status == 303


async def test_an_author_changes_who_may_reply_and_quote_and_kept_pages_hear_of_it(house):
    ada, own = await house.person("ada")
    _, eve = await house.person("eve")
    entry = await house.write(ada, "Discuss")
    path, visitor = f"/@ada/{entry.post.id}", await house.visitor()
    assert "can reply" not in (await visitor.get(path)).text
    assert f"/posts/{entry.post.id}/interactions" in (await own.get(f"/posts/{entry.post.id}/more")).text
    page = await own.get(f"/posts/{entry.post.id}/interactions")
    form = page.form("reply_policy", "quote_policy")
    wrong = await own.submit(form, reply_policy="friends")
    assert wrong.status == 422 and "Choose one of the list." in wrong.text
    assert (await own.submit(form, reply_policy="nobody", quote_policy="nobody")).location == path
    assert "Only the author can reply" in (await visitor.get(path)).text
    text = (await eve.get(path)).text
    assert "ada lets nobody reply to this post." in text and "/compose?quote=" not in text
    assert 'name="in_reply_to_id"' in (await own.get(path)).text
    assert (await eve.get(f"/posts/{entry.post.id}/interactions")).status == 403
    assert (await visitor.get(f"/posts/{entry.post.id}/interactions", follow=False)).status == 303


@pytest.mark.parametrize("policy", [ReplyPolicy.MENTIONED, ReplyPolicy.FOLLOWED])
async def test_a_thread_of_ones_own_goes_on_with_who_may_reply(house, policy):
    ada, own = await house.person("ada")
    entry = await house.write(ada, "First", reply_policy=policy)
    form = (await own.get(f"/@ada/{entry.post.id}")).form("in_reply_to_id")
    await own.submit(form, text="Second")
    second = (await house.site.ports.storage.posts.thread(ada.id, entry.post.id)).descendants[0]
    assert second.post.reply_policy is policy
    page = await own.get(f"/posts/{second.post.id}/delete")
    form = next(form for form in page.forms() if form.action.endswith("/delete"))
    draft = await own.submit(form, button=f"/posts/{second.post.id}/redraft")
    assert (await own.get(draft.location)).form("option_0").fields["reply_policy"] == policy
