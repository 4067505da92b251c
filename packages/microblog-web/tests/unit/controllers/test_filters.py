"""Filters: making them, and what they do to pages."""

from __future__ import annotations

import pytest


async def make(browser, **values):
    form = (await browser.get("/filters/new")).form("title", "words")
    answer = await browser.submit(form, **{"title": "No tea", "words": "tea", **values})
    assert answer.location == "/filters", answer.text


async def stored(house, account):
    return await house.site.ports.storage.filters.of(account.id)


async def test_what_matches_is_folded_behind_the_title_everywhere(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.follow(ada_account, bob_account)
    entry = await house.write(bob_account, "A cup of tea @ada #tea", spoiler="Drinks")
    await make(ada)
    for path in ("/", "/public", "/tags/tea", "/@bob", f"/@bob/{entry.post.id}", "/notifications"):
        page = await ada.get(path)
        assert '<details class="cw filtered">' in page.text, path
        assert "Filtered: No tea" in page.text, path
        assert page.text.index("Filtered: No tea") < page.text.index("Drinks</span>"), path
    assert "Filtered" not in (await (await house.visitor()).get("/public")).text


async def test_what_is_to_be_hidden_is_gone_where_the_filter_looks_and_nowhere_else(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.follow(ada_account, bob_account)
    entry = await house.write(bob_account, "A cup of tea @ada #drinks")
    form = (await ada.get("/filters/new")).form("title", "words")
    fields = {name: value for name, value in form.fields.items() if not name.startswith("context_")}
    values = {"title": "No tea", "words": "tea", "filter_action": "hide"}
    await ada.post(form.action, {**fields, **values, "context_home": "1", "context_notifications": "1"})
    assert "A cup of tea" not in (await ada.get("/")).text
    assert "A cup of tea" not in (await ada.get("/notifications")).text
    for path in ("/public", "/tags/drinks", "/@bob", f"/@bob/{entry.post.id}"):
        assert "A cup of tea" in (await ada.get(path)).text, path


async def test_own_posts_are_never_filtered(house):
    ada_account, ada = await house.person("ada")
    await house.write(ada_account, "My tea")
    await make(ada, filter_action="hide")
    assert "My tea" in (await ada.get("/public")).text


async def test_whole_words_and_parts_are_kept_apart_and_changed_together(house):
    account, ada = await house.person("ada")
    await make(ada, words="tea\r\n  green   tea \n\ntea", parts="choco")
    (made,) = await stored(house, account)
    assert {(each.keyword, each.whole_word) for each in made.keywords} == {
        ("tea", True),
        ("green tea", True),
        ("choco", False),
    }
    form = (await ada.get(f"/filters/{made.id}")).form("title", "words")
    assert form.fields["parts"] == "choco"
    await ada.submit(form, words="tea", parts="choco\nmilk", title="Drinks")
    (changed,) = await stored(house, account)
    assert changed.title == "Drinks"
    assert {(each.keyword, each.whole_word) for each in changed.keywords} == {
        ("tea", True),
        ("choco", False),
        ("milk", False),
    }
    kept = {each.keyword: each.id for each in made.keywords}
    assert {each.id for each in changed.keywords} >= {kept["tea"], kept["choco"]}


async def test_saving_leaves_the_end_unless_another_one_is_chosen(house):
    account, ada = await house.person("ada")
    await make(ada, expires_in="3600")
    (made,) = await stored(house, account)
    assert made.expires_at == house.clock.now() + 3_600_000
    address = f"/filters/{made.id}"
    await ada.submit((await ada.get(address)).form("title"), title="Other")
    assert (await stored(house, account))[0].expires_at == made.expires_at
    await ada.submit((await ada.get(address)).form("title"), expires_in="")
    assert (await stored(house, account))[0].expires_at is None


async def test_a_filter_that_has_ended_says_so_and_filters_nothing(house):
    _, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.write(bob_account, "A cup of tea")
    await make(ada, expires_in="3600", filter_action="hide")
    assert "A cup of tea" not in (await ada.get("/public")).text
    house.clock.advance(3601)
    assert "Has ended" in (await ada.get("/filters")).text
    assert "A cup of tea" in (await ada.get("/public")).text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"words": "x" * 101}, "words"),
        ({"filter_action": "burn"}, "filter_action"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": "9999999999"}, "expires_in"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(house, values, field):
    account, ada = await house.person("ada")
    form = (await ada.get("/filters/new")).form("title", "words")
    page = await ada.submit(form, **{"title": "No tea", "parts": "kept", **values})
    assert page.status == 422
    assert f'id="e-{field}"' in page.text
    fields = page.form("title", "words").fields
    assert (fields["parts"], fields["context_home"]) == ("kept", "1")
    assert not await stored(house, account)


async def test_a_filter_looks_somewhere(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/filters/new")).form("title", "words")
    fields = {name: value for name, value in form.fields.items() if not name.startswith("context_")}
    page = await ada.post(form.action, {**fields, "title": "Nowhere"})
    assert page.status == 422
    assert "Choose at least one place." in page.text


async def test_a_single_post_can_be_filtered_and_shown_again(house):
    account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    entry = await house.write(bob_account, "Just this one")
    more = f"/posts/{entry.post.id}/more"
    assert "You have no filters yet." in (await ada.get(more)).text
    await make(ada, words="")
    (made,) = await stored(house, account)
    form = next(each for each in (await ada.get(more)).forms() if each.action == "/filters/posts")
    assert (await ada.post(form.action, {**form.fields, "filter": str(made.id)})).location == more
    assert "Filtered: No tea" in (await ada.get("/public")).text
    page = await ada.get(f"/filters/{made.id}")
    assert "Just this one" in page.text
    (status,) = (await stored(house, account))[0].statuses
    await ada.press(page, f"/filters/posts/{status.id}/remove")
    assert "Filtered" not in (await ada.get("/public")).text


async def test_deleting_asks_first_and_nobody_elses_filter_is_there(house):
    account, ada = await house.person("ada")
    _, eve = await house.person("eve")
    await make(ada)
    (made,) = await stored(house, account)
    page = await ada.get(f"/filters/{made.id}/delete")
    form = next(each for each in page.forms() if each.action == f"/filters/{made.id}/delete")
    act = (await eve.get("/")).form("csrf_token", "return_to")
    for path in (f"/filters/{made.id}", f"/filters/{made.id}/delete"):
        assert (await eve.get(path)).status == 404
        assert (await eve.submit(act, button=path)).status == 404
    assert (await eve.get("/filters/x")).status == 404
    assert await stored(house, account)
    assert (await ada.submit(form)).location == "/filters"
    assert not await stored(house, account)
