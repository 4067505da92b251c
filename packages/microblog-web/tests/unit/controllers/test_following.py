"""Options of a follow, private notes, and hashtags on profiles."""

from __future__ import annotations


async def test_options_of_a_follow_are_chosen_on_a_page(house):
    account, ada = await house.person("ada")
    bob, _ = await house.person("bob")
    there = f"/accounts/{bob.id}/options"
    page = await ada.get(there)
    assert 'name="notify"' not in page.text and 'name="comment"' in page.text
    await house.follow(account, bob)
    assert there in (await ada.get("/@bob")).text
    form = (await ada.get(there)).form("notify", "boosts", "languages")
    wrong = await ada.submit(form, languages="en, klingon!")
    assert wrong.status == 422 and "Use a language tag" in wrong.text
    assert wrong.form("languages").fields["languages"] == "en, klingon!"
    fields = {**form.fields, "notify": "1", "languages": "en; DE"}
    fields.pop("boosts", None)
    assert (await ada.post(there, fields)).location == "/@bob"
    relation = (await house.site.ports.storage.relations.get(account.id, [bob.id]))[bob.id]
    assert relation.options is not None
    chosen = relation.options
    assert (chosen.boosts, chosen.notify, chosen.languages) == (False, True, ("en", "de"))
    assert (await ada.get(there)).form("languages").fields["languages"] == "en, de"
    own = await ada.get(f"/accounts/{account.id}/options")
    assert own.status == 404


async def test_a_note_is_shown_to_who_wrote_it_alone(house):
    _, ada = await house.person("ada")
    bob, theirs = await house.person("bob")
    there = f"/accounts/{bob.id}/options"
    form = (await ada.get(there)).form("comment")
    wrong = await ada.submit(form, comment="x" * 2001)
    assert wrong.status == 422 and "at most 2000" in wrong.text
    assert (await ada.submit(form, comment="Met at <tea>")).location == "/@bob"
    assert "Met at &lt;tea&gt;" in (await ada.get("/@bob")).text
    for other in (theirs, await house.visitor()):
        assert "Met at" not in (await other.get("/@bob")).text
    await ada.submit((await ada.get(there)).form("comment"), comment="")
    assert "Your note:" not in (await ada.get("/@bob")).text


async def test_hashtags_on_a_profile_lead_to_the_posts_with_them(house):
    account, ada = await house.person("ada")
    visitor = await house.visitor()
    await house.write(account, "About #Tea")
    await house.write(account, "About nothing")
    assert 'role="group"' not in (await visitor.get("/@ada")).text
    page = await ada.get("/settings/featured_tags")
    assert '<button class="button quiet small" name="name" value="tea">' in page.text
    wrong = await ada.submit(page.form("name"), name="no tag")
    assert wrong.status == 422 and wrong.form("name").fields["name"] == "no tag"
    assert (await ada.submit(page.form("name"), name="#TEA")).location == "/settings/featured_tags"
    assert 'href="/@ada/tagged/tea"' in (await visitor.get("/@ada")).text
    tagged = (await visitor.get("/@ada/tagged/tea")).text
    assert "Posts with #tea" in tagged and tagged.count("<article") == 1 and "About nothing" not in tagged
    assert "No posts with this hashtag" in (await visitor.get("/@ada/tagged/jam")).text
    assert (await visitor.get("/@ada/tagged/no%20tag")).status == 404
    await ada.press(await ada.get("/settings/featured_tags"), "/settings/featured_tags/tea/remove")
    assert "/@ada/tagged/tea" not in (await visitor.get("/@ada")).text
