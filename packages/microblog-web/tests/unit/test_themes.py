"""Themes: which one a site has, and that one which fails takes nothing away from readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

import microblog_web
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Role
from microblog_core.plugins.guard import FAILURES
from microblog_core.plugins.marks import hookimpl
from microblog_web.contributions import Slot, StaticFolder, TemplateFolder
from microblog_web.fragments import POST_HOLES, _values
from microblog_web.templating import Templates
from microblog_web.views import View

LAYOUT = "<title>{{ hole('title') }}</title>{{ hole('meta') }}{{ hole('flash') }}{{ hole('main') }}"


def theme(folder, name="dusk", **files):
    """A theme of these templates, by their name without `.html`."""
    (folder / name / "web").mkdir(parents=True)
    for file, text in files.items():
        (folder / name / "web" / f"{file}.html").write_text(text)
    return with_hooks(name, register_templates=lambda: [TemplateFolder(path=folder / name, theme=True)])


def with_hooks(name, **hooks):
    face = type("face", (), {})()
    face.PLUGIN = Manifest(name=name)
    for hook, function in hooks.items():
        setattr(face, hook, hookimpl(specname=hook)(function))
    return face


async def test_a_theme_that_no_site_names_changes_nothing(open_house, tmp_path):
    dusk = theme(tmp_path, about="<h1>Dusk</h1>")
    async with open_house({"dusk": dusk}) as house:
        assert "Dusk" not in (await (await house.visitor()).get("/about")).text
        assert house.app_website().theme == ""


@pytest.mark.parametrize("name", ["dawn", "web"])
async def test_what_is_no_theme_is_said_and_the_own_look_is_there(open_house, tmp_path, name, caplog):
    async with open_house({"dusk": theme(tmp_path, about="Dusk")}, theme=name) as house:
        assert (await (await house.visitor()).get("/about")).status == 200
        _, root = await house.person("root", role=Role.ADMINISTRATOR)
        page = await root.get("/admin/plugins")
        assert f"The pages do without the plugin {name}" in page.text
        assert "Themes here are: dusk." in page.text
    assert f"the theme {name} of the site main is left out" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "{% if %}",
        "{{ nothing_of_this_name }}",
        "{{ 1 / 0 }}",
        "{% include 'web/not_there.html' %}",
    ],
)
async def test_a_template_that_fails_gives_way_and_is_blamed(open_house, tmp_path, text, caplog):
    async with open_house({"dusk": theme(tmp_path, about=text)}, theme="dusk") as house:
        _, root = await house.person("root", role=Role.ADMINISTRATOR)
        page = await root.get("/about")
        assert page.status == 200
        assert "<h1>" in page.text
        assert "the template web/about.html of the theme dusk failed" in caplog.text
        told = (await root.get("/admin/plugins")).text
        assert "The template web/about.html of the theme dusk failed" in told
        assert "A plugin is not in order: dusk." in (await root.get("/admin")).text


async def test_a_template_that_fails_again_and_again_rests(open_house, tmp_path, caplog):
    async with open_house({"dusk": theme(tmp_path, about="{{ 1 / 0 }}")}, theme="dusk") as house:
        _, ada = await house.person("ada")
        for _ in range(FAILURES + 2):
            assert (await ada.get("/about")).status == 200
    assert caplog.text.count("of the theme dusk failed") == FAILURES
    assert caplog.text.count("it rests for a while") == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"layout": LAYOUT}, "web/layout.html has no hole csrf"),
        ({"layout": LAYOUT.replace("main", "csrf") + "{{ hole('here') }}"}, "layout.html has no hole main"),
        ({"layout": LAYOUT + "{{ hole('csrf') }}{{ hole('here') }}{{ hole('sky') }}"}, "has a hole sky"),
        ({"post": "<article>{{ hole('id') }}{{ hole('acct') }}</article>"}, "web/post.html has no hole text"),
        ({"composer": "<form>{{ hole('csrf') }}</form>"}, "web/composer.html has no hole once"),
        ({"timeline": "<p>no posts</p>"}, "web/timeline.html has no hole posts"),
    ],
)
async def test_a_template_without_what_readers_need_gives_way(open_house, tmp_path, files, said, caplog):
    async with open_house({"dusk": theme(tmp_path, **files)}, theme="dusk") as house:
        account, ada = await house.person("ada")
        await house.write(account, "still here")
        page = await ada.get("/")
        assert "still here" in page.text
        assert page.form("text", "once")
        assert 'formaction="/logout"' in page.text
    assert said in caplog.text


async def test_what_fails_without_the_theme_too_is_not_its_fault(open_house, tmp_path, caplog):
    dusk = theme(tmp_path, lost="")
    async with open_house({"dusk": dusk}, theme="dusk") as house:
        look = house.app_website().look
        with pytest.raises(Exception, match="undefined"):
            look.render("web/about.html", "en", {})
        assert look.problems == {}
    assert "of the theme dusk failed" not in caplog.text


async def test_every_hole_of_a_post_is_filled(house):
    account, _ = await house.person("ada")
    entry = await house.write(account, "whole")
    view = View(
        web=house.app_website(), ports=house.site.ports, actor=None, locale="en", now=house.clock.now()
    )
    view.actor = type("somebody", (), {"account": account, "id": account.id})()
    assert _values(view, entry, "", "", "", "").keys() == POST_HOLES


async def test_a_themes_sheets_are_loaded_where_it_is_chosen_and_may_replace_others(open_house, tmp_path):
    (tmp_path / "dusk.css").write_text("body { color: plum }")
    folder = StaticFolder(path=tmp_path, styles=("dusk.css",), theme=True, replaces=("web/social.css",))
    dusk = with_hooks("dusk", register_static=lambda: [folder])
    async with open_house({"dusk": dusk}) as house:
        (own,) = await sheets(house)
        assert "plum" not in own
        assert SOCIAL in own
    async with open_house({"dusk": dusk}, theme="dusk") as house:
        own, last = await sheets(house)
        assert SOCIAL not in own
        assert last == "body { color: plum }"


SOCIAL = (Path(microblog_web.__file__).parent / "static/social.css").read_text()


async def sheets(house):
    """The style sheets of a page, in order."""
    visitor = await house.visitor()
    page = (await visitor.get("/about")).text
    return [(await visitor.get(path)).text for path in re.findall(r'rel="stylesheet" href="([^"]+)"', page)]


async def test_sheets_that_must_come_first_stay_files_of_their_own(open_house, tmp_path):
    (tmp_path / "one.css").write_text("body { color: plum }")
    (tmp_path / "two.css").write_text("@import '/other.css';")
    folder = StaticFolder(path=tmp_path, styles=("one.css", "two.css"))
    async with open_house({"dusk": with_hooks("dusk", register_static=lambda: [folder])}) as house:
        assert (await sheets(house))[1:] == ["body { color: plum }", "@import '/other.css';"]


async def test_two_themes_stand_beside_one_another(open_house, tmp_path):
    faces = {"dusk": theme(tmp_path, about="It dusks"), "dawn": theme(tmp_path, "dawn", about="It dawns")}
    for chosen, said in (("dusk", "It dusks"), ("dawn", "It dawns")):
        async with open_house(faces, theme=chosen) as house:
            assert said in (await (await house.visitor()).get("/about")).text
            templates: Templates = website_templates(house)
            assert templates.themes == {"dusk", "dawn"}
            assert templates.look("dusk") is not templates.look("dawn")


def website_templates(house):
    from microblog_web import app

    (one,) = [each for each in app._APPS.values() if each.website(house.site) is house.app_website()]
    return one.templates


async def test_every_place_is_drawn_into(open_house):
    class Draws:
        def __init__(self, place):
            self.place = place

        async def render(self, context, items):
            assert context.place == self.place
            return [Markup("<i>at {}</i>").format(self.place) for _ in items]

    places = {
        "head": "/public",
        "header": "/public",
        "post.content": "/public",
        "post.after": "/public",
        "profile.header": "/@ada",
        "composer": "/",
        "settings": "/settings/profile",
        "sidebar": "/public",
        "footer": "/public",
        "admin.dashboard": "/admin",
    }
    slots = [Slot(name=place, place=place, renderer=Draws(place)) for place in places]
    face = with_hooks("extras", register_slots=lambda site: slots)
    async with open_house({"extras": face}) as house:
        account, ada = await house.person("ada", role=Role.ADMINISTRATOR)
        await house.write(account, "a post")
        for place, path in places.items():
            page = (await ada.get(path)).text
            assert f"<i>at {place}</i>" in page, place
        assert "<i>at composer</i>" in (await ada.get("/compose")).text
        page = (await ada.get("/public")).text
        assert (
            page.index("at head") < page.index("</head>") < page.index("at header") < page.index("<article")
        )
        assert page.index('class="acts"') < page.index("at post.after")


async def test_what_varies_by_post_is_kept_with_it_after_it_too(open_house):
    class Counts:
        calls = 0

        async def render(self, context, items):
            assert context.viewer is None
            Counts.calls += 1
            return [f"drawn {Counts.calls}" for _ in items]

    slot = Slot(name="after", place="post.after", renderer=Counts(), varies="post")
    async with open_house({"extras": with_hooks("extras", register_slots=lambda site: [slot])}) as house:
        account, ada = await house.person("ada")
        await house.write(account, "a post")
        for _ in range(2):
            assert "drawn 1" in (await ada.get("/")).text
