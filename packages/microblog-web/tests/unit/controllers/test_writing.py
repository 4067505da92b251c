"""Writing, answering, editing, deleting."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.posts import Visibility
from microblog_core.ports.operations import UpdateLogin
from microblog_core.testing.payments import seed_tier


async def test_a_post_written_at_home_stands_at_home_and_in_public(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/")).form("text", "visibility")
    answer = await ada.submit(form, text="Hello <b>world</b> & all")
    assert answer.status == 303
    for page in (await ada.get("/"), await (await house.visitor()).get("/public")):
        assert "Hello &lt;b&gt;world&lt;/b&gt; &amp; all" in page.text


async def test_pressing_the_button_twice_publishes_once(house):
    _account, ada = await house.person("ada")
    form = (await ada.get("/")).form("text")
    first = await ada.submit(form, text="Once only")
    second = await ada.submit(form, text="Once only")
    assert first.location == second.location
    assert (await ada.get("/public")).text.count("Once only") == 1


async def test_a_refused_post_keeps_all_that_was_typed(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("text")
    answer = await ada.submit(
        form, text="x" * 501, visibility="followers", spoiler="A <warning>", language="not a language"
    )
    assert answer.status == 422
    assert "x" * 501 in answer.text
    assert 'value="A &lt;warning&gt;"' in answer.text
    assert '<option value="followers" selected>' in answer.text
    assert 'value="not a language"' in answer.text
    assert 'id="e-language"' in answer.text


async def test_an_empty_post_is_refused_at_its_field(house):
    _, ada = await house.person("ada")
    answer = await ada.submit((await ada.get("/compose")).form("text"), text="  \n ")
    assert answer.status == 422
    assert "Write something first." in answer.text


async def test_a_level_that_does_not_exist_is_refused(house):
    _, ada = await house.person("ada")
    answer = await ada.submit((await ada.get("/compose")).form("text"), text="Hi", visibility="everyone")
    assert answer.status == 422
    assert "Choose one of" in answer.text


async def test_an_answer_names_the_people_of_the_post_and_tells_them(house):
    ada_account, ada = await house.person("ada")
    _, bob = await house.person("bob")
    await house.build.account("carol")
    entry = await house.write(ada_account, "Hello @bob and @carol")
    page = await bob.get(f"/@ada/{entry.post.id}")
    form = page.form("in_reply_to_id", "text")
    assert form.fields["text"] == "@ada @carol "
    answer = await bob.submit(form, text="@ada Good to see you")
    assert answer.location.startswith(f"/@ada/{entry.post.id}#p")
    thread = await (await house.visitor()).get(f"/@ada/{entry.post.id}")
    assert "Good to see you" in thread.text
    notices = await ada.get("/notifications")
    assert "replied to you" in notices.text
    assert '<span class="vh"> unread</span>' in notices.text


async def test_an_answer_is_never_wider_than_what_it_answers(house):
    ada_account, _ = await house.person("ada")
    bob_account, bob = await house.person("bob")
    await house.follow(bob_account, ada_account)
    entry = await house.write(ada_account, "For followers", visibility=Visibility.FOLLOWERS)
    form = (await bob.get(f"/compose?reply={entry.post.id}")).form("in_reply_to_id")
    assert form.fields["visibility"] == "followers"
    await bob.submit(form, text="@ada Thanks", visibility="public")
    assert "Thanks" not in (await (await house.visitor()).get("/@bob/with_replies")).text


async def test_editing_keeps_the_history_and_marks_the_post(house):
    account, ada = await house.person("ada")
    entry = await house.write(account, "First words")
    form = (await ada.get(f"/posts/{entry.post.id}/edit")).form("text", "version")
    assert form.fields["text"] == "First words"
    answer = await ada.submit(form, text="Second words")
    assert answer.location == f"/@ada/{entry.post.id}"
    visitor = await house.visitor()
    post = await visitor.get(f"/@ada/{entry.post.id}")
    assert "Second words" in post.text
    assert "Edited" in post.text
    history = await visitor.get(f"/@ada/{entry.post.id}/history")
    assert history.text.index("Second words") < history.text.index("First words")


async def test_an_edit_that_came_in_between_is_not_overwritten(house):
    account, ada = await house.person("ada")
    entry = await house.write(account, "First words")
    form = (await ada.get(f"/posts/{entry.post.id}/edit")).form("text", "version")
    await ada.submit(form, text="From one window")
    answer = await ada.submit(form, text="From another window")
    assert answer.status == 409
    assert "From another window" in answer.text
    assert "edited in the meantime" in answer.text
    again = await ada.submit(answer.form("text", "version"))
    assert again.status == 303
    assert "From another window" in (await ada.get(f"/@ada/{entry.post.id}")).text


async def test_deleting_asks_first_and_then_leaves_nothing(house):
    account, ada = await house.person("ada")
    entry = await house.write(account, "Soon gone")
    visitor = await house.visitor()
    assert "Soon gone" in (await visitor.get("/public")).text
    asked = await ada.get(f"/posts/{entry.post.id}/delete")
    assert "Delete this post?" in asked.text
    assert "Soon gone" in (await visitor.get("/public")).text
    form = next(form for form in asked.forms() if form.action.endswith("/delete"))
    assert (await ada.submit(form)).status == 303
    assert "Soon gone" not in (await visitor.get("/public")).text
    assert (await visitor.get(f"/@ada/{entry.post.id}")).status == 404


@pytest.mark.parametrize("page", ["edit", "delete"])
async def test_others_posts_can_be_neither_edited_nor_deleted(house, page):
    account, _ = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(account, "Mine")
    assert (await bob.get(f"/posts/{entry.post.id}/{page}")).status == 403
    token = (await bob.get("/")).form("csrf_token", "return_to").fields
    answer = await bob.post(f"/posts/{entry.post.id}/{page}", {**token, "text": "Theirs"})
    assert answer.status == 403
    assert "Mine" in (await bob.get(f"/@ada/{entry.post.id}")).text


async def test_a_forged_post_is_refused_and_what_was_written_is_shown_again(house):
    _, ada = await house.person("ada")
    answer = await ada.post("/compose", {"text": "Precious words", "csrf_token": "0" * 64})
    assert answer.status == 403
    assert "Precious words" in answer.text
    again = await ada.submit(answer.form("text", "csrf_token"))
    assert again.status == 303


async def test_a_page_of_another_site_can_publish_nothing(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("text")
    answer = await ada.post("/compose", {**form.fields, "text": "Forged"}, origin="https://evil.example")
    assert answer.status == 403
    assert "Forged" not in (await ada.get("/public")).text


async def test_who_was_logged_out_meanwhile_does_not_lose_the_text(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("text")
    ada.http.cookies.clear()
    answer = await ada.submit(form, text="Precious words")
    assert answer.status == 403
    assert "Precious words" in answer.text
    assert "Log in" in answer.text


async def test_text_in_the_address_of_the_form_fills_it_harmlessly(house):
    _, ada = await house.person("ada")
    page = await ada.get("/compose?text=%23tag%20%3C/textarea%3E%3Cscript%3E")
    assert "#tag &lt;/textarea&gt;&lt;script&gt;</textarea>" in page.text


async def test_moderators_may_delete_what_others_wrote_and_members_are_not_offered_it(house):
    ada, _ = await house.person("ada")
    _, bob = await house.person("bob")
    _, mod = await house.person("mod", role=Role.MODERATOR)
    entry = await house.write(ada, "Against the rules")
    path = f"/@ada/{entry.post.id}"
    assert "Delete as a moderator" not in (await bob.get(path)).text
    assert "Delete as a moderator" in (await mod.get(path)).text
    asked = await mod.get(f"/posts/{entry.post.id}/delete")
    form = next(form for form in asked.forms() if form.action.endswith("/delete"))
    assert (await mod.submit(form)).status == 303
    assert (await bob.get(path)).status == 404


async def test_a_direct_post_leads_to_its_own_page_since_home_leaves_it_out(house):
    _, ada = await house.person("ada")
    await house.build.account("bob")
    answer = await ada.submit((await ada.get("/")).form("text"), text="@bob psst", visibility="direct")
    assert "psst" in (await ada.get(answer.location)).text


async def test_the_history_says_what_changed_by_words(house):
    account, ada = await house.person("ada")
    entry = await house.write(account, "The quick <fox>")
    path = f"/posts/{entry.post.id}/edit"
    await ada.submit((await ada.get(path)).form("version"), text="The slow <fox>", spoiler="Animals")
    await ada.submit((await ada.get(path)).form("version"), language="de")
    history = (await (await house.visitor()).get(f"/@ada/{entry.post.id}/history")).text
    assert "<del>quick</del><ins>slow</ins> &lt;fox&gt;" in history
    assert "<ins>Animals</ins>" in history and "It is folded now." in history
    assert "its language or its poll changed" in history


async def test_delete_and_write_anew_loses_nothing_but_the_post(house):
    account, ada = await house.person("ada")
    _, bob = await house.person("bob")
    entry = await house.write(account, "Tae time", spoiler="Drinks", visibility=Visibility.UNLISTED)
    page = await ada.get(f"/posts/{entry.post.id}/delete")
    form = next(form for form in page.forms() if form.action.endswith("/delete"))
    anew = f"/posts/{entry.post.id}/redraft"
    assert anew in form.buttons
    token = (await bob.get("/compose")).form("csrf_token", "text").fields["csrf_token"]
    assert (await bob.post(anew, {"csrf_token": token})).status == 403
    answer = await ada.submit(form, button=anew)
    assert (await ada.get(f"/@ada/{entry.post.id}")).status == 404
    again = (await ada.get(answer.location)).form("option_0")
    shown = [again.fields[name] for name in ("text", "spoiler", "visibility")]
    assert shown == ["Tae time", "Drinks", "unlisted"]
    assert (await ada.submit(again, text="Tea time")).status == 303
    assert "No drafts" in (await ada.get("/drafts")).text


async def test_moderators_are_not_offered_to_write_anew_what_others_wrote(house):
    ada, _ = await house.person("ada")
    _, mod = await house.person("mod", role=Role.MODERATOR)
    entry = await house.write(ada, "Mine")
    assert "/redraft" not in (await mod.get(f"/posts/{entry.post.id}/delete")).text
    token = (await mod.get("/compose")).form("csrf_token", "text").fields["csrf_token"]
    assert (await mod.post(f"/posts/{entry.post.id}/redraft", {"csrf_token": token})).status == 403


async def test_a_level_that_is_not_offered_stays_when_a_post_is_written_anew(house):
    account, ada = await house.person("ada")
    await seed_tier(house.site.storage, account.id)
    entry = await house.write(account, "For members", visibility=Visibility.MEMBERS)
    page = await ada.get(f"/posts/{entry.post.id}/delete")
    form = next(form for form in page.forms() if form.action.endswith("/delete"))
    answer = await ada.submit(form, button=f"/posts/{entry.post.id}/redraft")
    assert (await ada.get(answer.location)).form("option_0").fields["visibility"] == "members"


async def test_the_form_begins_with_what_somebody_prefers(house):
    account, ada = await house.person("ada")
    unit = house.site.ports.unit()
    unit.accounts.update_login(
        UpdateLogin(
            account_id=account.id,
            default_language="de",
            default_visibility="unlisted",
            default_sensitive=True,
        )
    )
    await unit.commit()
    for path in ("/", "/compose"):
        fields = (await ada.get(path)).form("text", "visibility").fields
        shown = [fields[name] for name in ("language", "visibility", "sensitive")]
        assert shown == ["de", "unlisted", "1"], path
