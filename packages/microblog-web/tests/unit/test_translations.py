"""Translations that plugins bring: behind the website's own, for the locales that the pages speak, and never
in the way of a page.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from litestar import Request, get

from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Invalid
from microblog_core.plugins.marks import hookimpl
from microblog_web import i18n
from microblog_web.contributions import NavItem, TemplateFolder
from microblog_web.kit import Form, Page, Sendable, answer_page, flash, scope_of, see_other, view_of

PAGE = """{% set kites = ngettext("%(num)s kite", "%(num)s kites", 3) | replace("%(num)s", 3) %}
<h1>{{ _("Kites") }}</h1><p>{{ kites }}</p>
<p>{{ _("Fly, %(name)s!", name="ada") }} {{ _("Save") }}</p>
<p>{{ first.error("size") }} {{ second.error("size") }}</p>"""
GERMAN = {
    "Kites": "Drachen",
    ("%(num)s kite", "%(num)s kites"): ("%(num)s Drachen", "%(num)s Drachen am Himmel"),
    "Fly, %(name)s!": "Flieg, %(name)s!",
    "A kite has at most {0} tails.": "Ein Drachen hat höchstens {0} Schwänze.",
    "It flies.": "Er fliegt.",
    "Save": "Nicht so",
    "{0}": "Alles",
}


def put(folder, locale, messages=(), data=b""):
    path = folder / locale / "LC_MESSAGES" / "microblog.mo"
    path.parent.mkdir(parents=True)
    if data:
        path.write_bytes(data)
        return
    catalogue = Catalog(locale=locale)
    for message, text in dict(messages).items():
        catalogue.add(message, text)
    with path.open("wb") as file:
        write_mo(file, catalogue)


def kites(tmp_path, folder):
    """A stranger's plugin with a page, a link, a message and an error, and translations in a folder."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    wrong = Invalid(fields={"size": "A kite has at most 9 tails."})

    @get("/")
    async def show(request: Request[Any, Any, Any]) -> Sendable:
        view = await view_of(scope_of(request))
        forms = {name: Form.rejected({}, wrong, ("size",)) for name in ("first", "second")}
        main = view.web.render("kites/page.html", view.locale, **forms)
        return await answer_page(view, Page(title=view.translate("Kites"), main=main))

    @get("/fly")
    async def fly(request: Request[Any, Any, Any]) -> Sendable:
        view = await view_of(scope_of(request))
        flash(request, view.explain("It flies."))
        return see_other("/x/kites")

    module = ModuleType("kites")
    module.PLUGIN = Manifest(name="kites", translations=folder)
    link = NavItem(key="kites", label="Kites", href="/x/kites")
    hooks = {
        "register_routes": lambda: [show, fly],
        "register_templates": lambda: [TemplateFolder(path=tmp_path / "templates")],
        "register_nav_items": lambda site: [link],
    }
    for name, function in hooks.items():
        setattr(module, name, hookimpl(specname=name)(function))
    return module


@pytest.fixture(autouse=True)
def nothing_brought(monkeypatch):
    """What other tests brought is away, and so is afterwards what these do."""
    for name in ("_taken", "_brought"):
        monkeypatch.setattr(i18n, name, {})
    yield
    monkeypatch.undo()
    i18n.translations.cache_clear()
    i18n._with_values.cache_clear()


async def test_pages_links_messages_and_errors_of_a_strangers_plugin_are_in_the_language_of_the_reader(
    open_house, tmp_path
):
    put(tmp_path / "locale", "de", GERMAN)
    put(tmp_path / "locale", "tlh", {"Kites": "puq"})
    async with open_house({"kites": kites(tmp_path, tmp_path / "locale")}) as house:
        visitor = await house.visitor()
        german = {"accept-language": "de-AT,de"}
        page = (await visitor.get("/x/kites", headers=german)).text
        assert "<h1>Drachen</h1><p>3 Drachen am Himmel</p>" in page
        assert "<p>Flieg, ada! Sichern</p>" in page, "the website's own words stay as they are"
        assert page.count("Ein Drachen hat höchstens 9 Schwänze.") == 2, "every form of a page is explained"
        assert "<span>Drachen</span></a>" in page
        await visitor.get("/x/kites/fly", headers=german, follow=False)
        assert "Er fliegt." in (await visitor.get("/x/kites", headers=german)).text
        for language in ("en", "tlh", "ar"):
            other = (await visitor.get("/x/kites", headers={"accept-language": language})).text
            assert "<h1>Kites</h1><p>3 kites</p>" in other
        assert set(i18n.available()) == {"en", "de", "ar"}, (
            "what a plugin speaks alone is no language of pages"
        )
        assert i18n.explain("de", "Nobody knows this.") == "Nobody knows this."
        assert house.app_website().untranslated == {}


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"no catalogue", "Bad magic number"), (b"\xde\x12\x04\x95", "error"), (None, "no translations")],
    ids=["no catalogue", "cut", "no folder"],
)
async def test_with_a_broken_catalogue_the_plugin_works_in_english_and_operators_read_why(
    open_house, tmp_path, caplog, data, why
):
    folder = tmp_path / "locale"
    if data is not None:
        put(folder, "de", data=data)
        put(folder, "ar", {"Kites": "طائرات ورقية"})
    async with open_house({"kites": kites(tmp_path, folder)}) as house:
        visitor = await house.visitor()
        page = await visitor.get("/x/kites", headers={"accept-language": "de"})
        assert page.status == 200 and "<h1>Kites</h1><p>3 kites</p>" in page.text
        arabic = (await visitor.get("/x/kites", headers={"accept-language": "ar"})).text
        assert ("<h1>طائرات ورقية</h1>" in arabic) is (data is not None), "the other language is not lost"
        _, root = await house.person("root", role=Role.OWNER)
        told = (await root.get("/admin/plugins")).text
        assert "What the plugin kites says is not translated:" in told and why in told
        assert "A plugin is not in order: kites." in " ".join((await root.get("/admin")).text.split())
    assert "the plugin kites stays English" in caplog.text


def test_a_folder_is_read_once_and_told_of_for_each_site(tmp_path, monkeypatch):
    put(tmp_path / "good", "de", GERMAN)
    read = []
    real = i18n.read_catalogue
    monkeypatch.setattr(i18n, "read_catalogue", lambda path: read.append(path) or real(path))
    folders = {"kites": tmp_path / "good", "broken": tmp_path / "nowhere"}
    for _ in range(2):
        assert list(i18n.take_translations(folders)) == ["broken"]
    assert len(read) == 1
    assert i18n.translations("de").gettext("Kites") == "Drachen"


def test_the_first_plugin_that_has_a_text_translates_it(tmp_path):
    put(tmp_path / "one", "de", {"Kites": "Drachen"})
    put(tmp_path / "two", "de", {"Kites": "Milane", "Larks": "Lerchen"})
    i18n.take_translations({"one": tmp_path / "one"})
    assert i18n.translations("de").gettext("Larks") == "Larks"
    i18n.take_translations({"one": tmp_path / "one", "two": tmp_path / "two"})
    german = i18n.translations("de")
    assert [german.gettext(each) for each in ("Kites", "Larks", "Save")] == ["Drachen", "Lerchen", "Sichern"]


async def test_a_plugin_without_a_web_face_brings_translations_of_its_errors(open_house, tmp_path):
    put(tmp_path / "locale", "de", GERMAN)
    plugin = SimpleNamespace(PLUGIN=Manifest(name="tails", translations=tmp_path / "locale"))
    async with open_house({}, given={"tails": plugin}) as house:
        house.app_website()
        assert (
            i18n.explain("de", "A kite has at most 1,000 tails.")
            == "Ein Drachen hat höchstens 1.000 Schwänze."
        )
