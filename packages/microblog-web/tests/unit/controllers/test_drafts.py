"""Drafts, the preview, and going on with a thread."""

from __future__ import annotations

import re

from microblog_core.domain.permissions import Actor
from microblog_web import drafts as drafts_of_web
from microblog_web.drafts import DRAFTS_MAX, SaveDraft, read_drafts, save_draft


async def press(browser, path, button, **values):
    form = (await browser.get(path)).form("csrf_token", "text", "option_0")
    assert button in form.buttons
    return await browser.submit(form, button=button, **values)


async def test_a_draft_keeps_everything_until_it_is_published(house):
    ben, _ = await house.person("ben")
    _, ada = await house.person("ada")
    parent, quoted = await house.write(ben, "Anyone?"), await house.write(ben, "Quote me")
    typed = {
        "text": "Not <yet>", "spoiler": "Later", "visibility": "unlisted", "language": "de",
        "quote_policy": "nobody", "option_0": "a", "option_1": "b", "poll_lasts": "300", "poll_multiple": "1",
        "scheduled_at": "2026-05-01T10:00",
    }  # fmt: skip
    form = (await ada.get(f"/compose?reply={parent.post.id}")).form("option_0")
    fields = {**form.fields, **typed, "quoted_post_id": str(quoted.post.id)}
    answer = await ada.post("/compose/draft", fields)
    assert answer.status == 303 and answer.location.startswith("/compose?draft=")
    assert "Not &lt;yet&gt;" not in (await ada.get("/public")).text
    assert "Later" in (await ada.get("/drafts")).text
    page = await ada.get(answer.location)
    assert "Anyone?" in page.text and "Quote me" in page.text
    again = page.form("option_0")
    assert {name: again.fields[name] for name in typed} == typed
    assert again.fields["in_reply_to_id"] == str(parent.post.id)
    assert again.fields["quoted_post_id"] == str(quoted.post.id)
    assert (await ada.submit(again, scheduled_at="")).status == 303
    assert "No drafts" in (await ada.get("/drafts")).text


async def test_saving_again_replaces_and_throwing_away_ends_it(house):
    _, ada = await house.person("ada")
    first = await press(ada, "/compose", "/compose/draft", text="one")
    second = await press(ada, first.location, "/compose/draft", text="two")
    assert second.location == first.location
    page = await ada.get("/drafts")
    assert page.text.count("/compose?draft=") == 1 and "two" in page.text
    button = re.search(r'formaction="(/drafts/\d+/delete)"', page.text)[1]
    assert (await ada.press(page, button)).location == "/drafts"
    assert "No drafts" in (await ada.get("/drafts")).text
    assert (await ada.get(first.location)).status == 404


async def test_drafts_of_others_are_not_there_and_stay(house):
    _, ada = await house.person("ada")
    _, eve = await house.person("eve")
    saved = await press(ada, "/compose", "/compose/draft", text="mine")
    number = saved.location.partition("=")[2]
    assert (await eve.get(saved.location)).status == 404
    form = (await eve.get("/compose")).form("option_0")
    await eve.post(f"/drafts/{number}/delete", {"csrf_token": form.fields["csrf_token"]})
    await eve.post("/compose", {**form.fields, "text": "theirs", "draft": number})
    other = await eve.post("/compose/draft", {**form.fields, "text": "theirs", "draft": number})
    assert other.location != saved.location
    assert ">\nmine</textarea>" in (await ada.get(saved.location)).text


async def test_nothing_is_no_draft_and_too_many_are_refused_with_what_was_typed(house):
    account, ada = await house.person("ada")
    assert "Write something first." in (await press(ada, "/compose", "/compose/draft", text=" ")).text
    for number in range(DRAFTS_MAX):
        await save_draft(house.site.ports, Actor(account=account), SaveDraft(values={"text": str(number)}))
    answer = await press(ada, "/compose", "/compose/draft", text="one more")
    assert answer.status == 422 and "drafts" in answer.text and ">\none more</textarea>" in answer.text
    oldest = (await read_drafts(house.site.ports, Actor(account=account)))[-1]
    again = await press(ada, f"/compose?draft={oldest.id}", "/compose/draft", text="changed")
    assert again.status == 303


async def test_a_draft_that_is_too_large_is_refused_and_kept_in_the_form(house):
    _, ada = await house.person("ada")
    answer = await press(ada, "/compose", "/compose/draft", text="x" * drafts_of_web.VALUE_BYTES)
    assert answer.status == 413 and "too long for a draft" in answer.text and "xxxx" in answer.text


async def test_a_draft_whose_post_is_gone_says_so_and_keeps_the_words(house):
    ben, benny = await house.person("ben")
    _, ada = await house.person("ada")
    parent = (await house.write(ben, "Anyone?")).post
    saved = await press(ada, f"/compose?reply={parent.id}", "/compose/draft", text="Me")
    page = await benny.get(f"/posts/{parent.id}/delete")
    await benny.submit(next(each for each in page.forms() if each.action.endswith("/delete")))
    page = await ada.get(saved.location)
    assert "is gone" in page.text and ">\nMe</textarea>" in page.text


async def test_a_preview_shows_the_post_and_publishes_nothing(house):
    _, ada = await house.person("ada")
    await house.person("ben")
    answer = await press(
        ada,
        "/compose",
        "/compose/preview",
        text="Hi @ben <b> #tag",
        spoiler="Warn",
        option_0="yes",
        option_1="no",
    )
    assert answer.status == 200
    shown = answer.text.partition('class="card preview"')[2].partition("</section>")[0]
    assert "Hi " in shown and "&lt;b&gt;" in shown and "Warn" in shown and "<li>yes</li>" in shown
    assert "20 of 500 characters." in shown and "It names @ben." in shown
    assert ">\nHi @ben &lt;b&gt; #tag</textarea>" in answer.text
    assert "Nothing here yet" in (await ada.get("/public")).text
    assert (await ada.submit(answer.form("option_0"))).status == 303


async def test_a_preview_of_what_can_not_be_published_says_what_to_mend(house):
    _, ada = await house.person("ada")
    answer = await press(ada, "/compose", "/compose/preview", text="x" * 501)
    assert answer.status == 422 and "Use at most 500 characters" in answer.text
    assert 'class="card preview"' not in answer.text


async def test_a_thread_of_ones_own_is_written_post_by_post(house):
    _, ada = await house.person("ada")
    first = await press(ada, "/compose", "/compose/next", text="One")
    assert first.location.startswith("/compose?reply=")
    page = await ada.get(first.location)
    assert "Published." in page.text and page.form("in_reply_to_id").fields["text"] == ""
    await press(ada, first.location, "/compose/next", text="Two")
    number = first.location.partition("=")[2]
    thread = (await (await house.visitor()).get(f"/@ada/{number}")).text
    assert thread.index("One") < thread.index("Two")


async def test_the_short_form_leads_to_every_choice_with_what_was_typed(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/")).form("text", "visibility")
    assert "option_0" not in form.names and "/compose/form" in form.buttons
    page = await ada.submit(form, button="/compose/form", text="So far", spoiler="CW")
    full = page.form("option_0", "scheduled_at", "quote_policy")
    assert (page.status, full.fields["text"], full.fields["spoiler"]) == (200, "So far", "CW")


async def test_without_the_token_nothing_is_kept_but_the_words_are_shown(house):
    _, ada = await house.person("ada")
    for path in ("/compose/draft", "/compose/preview", "/compose/next", "/compose/form"):
        answer = await ada.post(path, {"text": "Precious words"})
        assert answer.status == 403 and "Precious words" in answer.text
    assert "No drafts" in (await ada.get("/drafts")).text
