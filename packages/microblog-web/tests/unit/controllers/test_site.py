"""What the site says of itself: the page that changes it, terms, privacy policy, style sheet."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role


async def boss_of(house):
    return await house.person("boss", role=Role.ADMINISTRATOR)


def form_of(page, action):
    return next(each for each in page.forms() if each.action == action)


async def say(visitor, part, **values):
    form = form_of(await visitor.get("/admin/site"), f"/admin/site/{part}")
    return await visitor.submit(form, **values)


@pytest.mark.parametrize(
    "path", ["/admin/site", "/admin/appearance", "/admin/announcements", "/admin/emojis", "/admin/media"]
)
async def test_only_administrators_open_their_pages(house, path):
    _, mod = await house.person("mod", role=Role.MODERATOR)
    assert (await mod.get(path)).status == 403
    visitor = await house.visitor()
    assert (await visitor.get(path, follow=False)).location == f"/login?next={path}"
    assert 'href="/admin/site"' not in (await mod.get("/about")).text
    _, boss = await boss_of(house)
    page = await boss.get(path)
    assert page.status == 200
    assert f'href="{path}" aria-current="page"' in page.text
    assert 'href="/admin/site"' in (await boss.get("/about")).text


async def test_a_new_name_is_on_every_page_at_once_and_on_kept_ones(house):
    visitor, (_, boss) = await house.visitor(), await boss_of(house)
    await house.write((await house.person("ada"))[0], "Hello")
    for path in ("/", "/about", "/public", "/@ada"):
        assert "Microblog" in (await visitor.get(path)).text
    answer = await say(
        boss,
        "basics",
        title="Teatime & co",
        description="Tea.",
        about="Long\n\nstory",
        email="a@example.org",
        contact="ada",
    )
    assert answer.status == 303, answer.text
    for path in ("/", "/about", "/public", "/@ada", "/public/feed.atom"):
        text = (await visitor.get(path)).text
        assert "Teatime &amp; co" in text, path
    about = (await visitor.get("/about")).text
    assert "<p>Long</p><p>story</p>" in about
    assert 'href="mailto:a@example.org"' in about
    assert 'href="/@ada"' in about


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(house):
    _, boss = await boss_of(house)
    page = await say(boss, "basics", title="", email="nowhere", about="My long text")
    assert page.status == 422
    assert "Give the site a name." in page.text
    assert "Write an address such as" in page.text
    assert "My long text</textarea>" in page.text
    assert "Microblog" in (await (await house.visitor()).get("/about")).text


async def test_rules_are_written_moved_and_removed(house):
    _, boss = await boss_of(house)
    await say(boss, "rules", rule_0="Be kind.", hint_0="Always.", rule_2="No ads.")
    about = (await (await house.visitor()).get("/about")).text
    assert about.index("Be kind.") < about.index("No ads.")
    page = await boss.get("/admin/site")
    form = form_of(page, "/admin/site/rules")
    assert (form.fields["id_0"], form.fields["id_1"], form.fields["rule_1"]) == ("1", "2", "No ads.")
    await boss.submit(form, rule_0="", hint_0="")
    text = (await (await house.visitor()).get("/about")).text
    assert "Be kind." not in text and "No ads." in text
    refused = await say(boss, "rules", hint_2="Why?")
    assert refused.status == 422
    assert "Write the rule that this explains." in refused.text


async def test_terms_are_there_with_all_their_versions(house):
    visitor, (_, boss) = await house.visitor(), await boss_of(house)
    assert (await visitor.get("/terms")).status == 404
    await say(boss, "terms", terms="First terms.")
    assert "First terms." in (await visitor.get("/terms")).text
    assert 'href="/terms"' in (await visitor.get("/about")).text
    house.clock.advance(24 * 3600)
    await say(boss, "terms", terms="Second <terms>.")
    text = (await visitor.get("/terms")).text
    assert "Second &lt;terms&gt;." in text and "First terms." not in text
    versions = (await visitor.get("/terms/versions")).text
    first = versions.rpartition('href="/terms/')[2].partition('"')[0]
    earlier = await visitor.get(f"/terms/{first}")
    assert "First terms." in earlier.text and "An earlier version" in earlier.text
    assert 'content="noindex' in earlier.text
    for path in ("/terms/1", "/terms/x", f"/privacy/{first}", "/privacy"):
        assert (await visitor.get(path)).status == 404, path


async def test_of_two_who_change_the_same_text_the_second_is_told(house):
    _, boss = await boss_of(house)
    form = form_of(await boss.get("/admin/site"), "/admin/site/privacy")
    assert (await boss.submit(form, privacy="One.")).status == 303
    late = await boss.submit(form, privacy="Other.")
    assert late.status == 409
    assert "Somebody else changed this" in late.text and "Other.</textarea>" in late.text
    assert "One." in (await boss.get("/privacy")).text


async def test_a_style_sheet_is_on_every_page_but_where_it_is_changed_back(house):
    visitor, (_, boss) = await house.visitor(), await boss_of(house)
    form = form_of(await boss.get("/admin/appearance"), "/admin/appearance")
    assert (await boss.submit(form, style="body { display: none }")).status == 303
    page = await visitor.get("/about")
    href = page.text.partition('href="/style/')[2].partition('"')[0]
    sheet = await visitor.get(f"/style/{href}")
    assert (sheet.text, sheet.headers["content-type"]) == (
        "body { display: none }",
        "text/css; charset=utf-8",
    )
    assert "immutable" in sheet.headers["cache-control"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for reader, path in ((boss, "/admin/appearance"), (visitor, "/login")):
        assert "/style/" not in (await reader.get(path)).text
    for wrong in ("/style/1.css", "/style/x.css", "/style/1"):
        assert (await visitor.get(wrong)).status == 404
    form = form_of(await boss.get("/admin/appearance"), "/admin/appearance")
    refused = await boss.submit(form, style="@import url(//evil.example)")
    assert refused.status == 422
    assert "@import is not allowed" in refused.text and "evil.example" in refused.text
    await boss.submit(form, style="")
    assert "/style/" not in (await visitor.get("/about")).text


async def test_the_site_has_an_icon_and_gives_it_back(drawing, send_file):
    visitor, (_, boss) = await drawing.visitor(), await boss_of(drawing)
    page, action = "/admin/appearance", "/admin/appearance/icon"
    broken = await send_file(boss, page, action, {"file": b"PIC broken"})
    assert broken.status_code == 422 and "This file is broken." in broken.text
    answer = await send_file(boss, page, action, {"file": b"PIC icon"})
    assert answer.status_code == 303
    text = (await visitor.get("/about")).text
    href = text.partition('rel="icon" href="')[2].partition('"')[0]
    assert (await visitor.http.get(href)).content == b"PIC icon"
    (icon,) = (await visitor.http.get("/manifest.webmanifest")).json()["icons"]
    assert icon == {"src": href, "sizes": "any", "type": "image/png", "purpose": "any"}
    form = form_of(await boss.get(page), action)
    removed = await boss.post(action, {**form.fields, "remove": "1"})
    assert removed.status == 303, removed.text
    assert "/static/web/icon." in (await visitor.get("/about")).text
