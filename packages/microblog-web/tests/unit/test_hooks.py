"""Every web hook: what it adds, and that a broken face takes nothing down with it."""

from __future__ import annotations

import asyncio
from types import ModuleType, SimpleNamespace

import pytest
from litestar import get
from markupsafe import Markup

from microblog_core.contributions import Manifest
from microblog_core.domain.errors import PluginError
from microblog_core.plugins.manager import hook_names
from microblog_core.plugins.marks import hookimpl
from microblog_web import hookspecs
from microblog_web.contributions import Middleware, NavItem, Slot, StaticFolder, TemplateFolder
from microblog_web.slots import Slots


def face(plugin, **hooks):
    """The web face of a plugin, with these hooks."""
    module = ModuleType("a_face")
    module.PLUGIN = Manifest(name=plugin)
    for name, function in hooks.items():
        setattr(module, name, hookimpl(specname=name)(function))
    return module


class Draws:
    """A slot's renderer that remembers how it was called."""

    def __init__(self, piece):
        self.calls, self.piece = [], piece

    async def render(self, context, items):
        self.calls.append((context, tuple(items)))
        return [self.piece(item) for item in items]


def test_every_hook_has_a_test_here():
    mine = set(globals())
    for hook in hook_names(hookspecs):
        assert f"test_{hook}" in mine, hook


async def test_register_routes(open_house):
    @get("/hello")
    async def hello() -> str:
        return "hello from a plugin"

    @get("/broken")
    async def broken() -> str:
        raise RuntimeError("inside")

    async with open_house({"greeter": face("greeter", register_routes=lambda: [hello, broken])}) as house:
        visitor = await house.visitor()
        assert "hello from a plugin" in (await visitor.get("/x/greeter/hello")).text
        page = await visitor.get("/x/greeter/broken")
        assert page.status == 500
        assert "Something broke" in page.text
        assert "inside" not in page.text


async def test_register_templates(open_house, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "about.html").write_text("<h1>Another about page of {{ site_title }}</h1>")
    (tmp_path / "own.html").write_text("own <b>{{ name }}</b>")
    folders = [TemplateFolder(path=tmp_path, theme=True)]
    async with open_house(
        {"theme": face("theme", register_templates=lambda: folders)}, theme="theme"
    ) as house:
        assert "Another about page of Microblog" in (await (await house.visitor()).get("/about")).text
        website = house.app_website()
        assert website.render("theme/own.html", "en", name="<i>") == "own <b>&lt;i&gt;</b>"


async def test_register_static(open_house, tmp_path):
    (tmp_path / "look.css").write_text("body { color: teal }")
    folders = [StaticFolder(path=tmp_path, styles=("look.css",))]
    async with open_house({"theme": face("theme", register_static=lambda: folders)}) as house:
        visitor = await house.visitor()
        page = await visitor.get("/about")
        path = page.text.split('href="/static/theme/look.')[1].split('"')[0]
        file = await visitor.get(f"/static/theme/look.{path}")
        assert file.text == "body { color: teal }"
        assert "immutable" in file.headers["cache-control"]
        assert page.text.index("/static/web/styles.") < page.text.index("/static/theme/look.")


async def test_register_nav_items(open_house):
    items = [
        NavItem(key="tips", label="Tips & tricks", href="/x/tips/", order=15),
        NavItem(key="about", label="Other about", href="/about"),
        NavItem(key="mine", label="Only members", href="/x/tips/mine", show="member"),
    ]
    async with open_house({"tips": face("tips", register_nav_items=lambda site: items)}) as house:
        _, ada = await house.person("ada")
        page = await (await house.visitor()).get("/public")
        assert "Tips &amp; tricks" in page.text
        assert "Other about" in page.text
        assert "Only members" not in page.text
        assert "Only members" in (await ada.get("/public")).text


async def test_register_slots(open_house):
    kept = Draws(lambda entry: Markup("<i>kept {}</i>").format(entry.post.text))
    live = Draws(lambda entry: f"<live {entry.post.id}>")
    side = Draws(lambda nothing: Markup("<p>aside</p>"))
    slots = [
        Slot(name="kept", place="post.content", renderer=kept, varies="post"),
        Slot(name="live", place="post.content", renderer=live),
        Slot(name="side", place="sidebar", renderer=side),
        Slot(
            name="head", place="profile.header", renderer=Draws(lambda account: f"about {account.username}")
        ),
    ]
    async with open_house({"extras": face("extras", register_slots=lambda site: slots)}) as house:
        account, ada = await house.person("ada")
        entries = [await house.write(account, f"text {number}") for number in range(3)]
        page = await ada.get("/")
        assert "<i>kept text 2</i>" in page.text
        assert f"&lt;live {entries[0].post.id}&gt;" in page.text
        assert "<p>aside</p>" in page.text
        assert [len(items) for _, items in kept.calls] == [3]
        assert kept.calls[0][0].viewer is None
        await ada.get("/")
        assert len(kept.calls) == 1
        assert [len(items) for _, items in live.calls] == [3, 3]
        assert live.calls[0][0].viewer.id == account.id
        assert "about ada" in (await ada.get("/@ada")).text


async def test_register_template_globals(open_house, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "about.html").write_text("{{ x.sums.add(1, 2) }} {{ x['sums'].site }}")
    globals_ = {"sums": {"add": lambda left, right: left + right}}
    sums = face(
        "sums",
        register_template_globals=lambda site: {**globals_["sums"], "site": site.config.name},
        register_templates=lambda: [TemplateFolder(path=tmp_path, theme=True)],
    )
    async with open_house({"sums": sums}, theme="sums") as house:
        assert "3 main" in (await (await house.visitor()).get("/about")).text


async def test_register_middleware(open_house):
    def wrap(app):
        async def outer(scope, receive, send):
            async def marked(message):
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"x-marked", b"yes")]
                await send(message)

            await app(scope, receive, marked)

        return outer

    def broken(app):
        raise RuntimeError

    middleware = [Middleware(name="mark", wrap=wrap), Middleware(name="broken", wrap=broken)]
    async with open_house({"marks": face("marks", register_middleware=lambda: middleware)}) as house:
        visitor = await house.visitor()
        for _ in range(2):
            assert (await visitor.get("/public")).headers["x-marked"] == "yes"


def raising(*_):
    raise RuntimeError("a broken hook")


@pytest.mark.parametrize("hook", hook_names(hookspecs))
async def test_a_hook_that_raises_leaves_its_face_out_and_the_site_up(open_house, hook, caplog):
    function = (
        (lambda site: raising())
        if hook in ("register_nav_items", "register_slots", "register_template_globals")
        else (lambda: raising())
    )
    broken = face("broken", **{hook: function})
    items = [NavItem(key="fine", label="A fine plugin", href="/x/fine/")]
    fine = face("fine", register_nav_items=lambda site: items)
    async with open_house({"broken": broken, "fine": fine}) as house:
        page = await (await house.visitor()).get("/public")
        assert page.status == 200
        assert "A fine plugin" in page.text
    assert "the web face of the plugin broken is left out" in caplog.text


@pytest.mark.parametrize(
    "broken",
    [
        face("broken", register_nav_items=lambda site: ["not an item"]),
        face("broken", register_static=lambda: [SimpleNamespace(path="nowhere")]),
        face("broken", register_slots=lambda site: None),
        face("broken", register_nothing=lambda: ()),
        face("broken", register_routes=lambda: ["not a handler"]),
    ],
)
async def test_what_is_of_the_wrong_type_is_left_out(open_house, broken, caplog):
    async with open_house({"broken": broken}) as house:
        assert (await (await house.visitor()).get("/public")).status == 200
    assert "the web face of the plugin broken is left out" in caplog.text


async def test_a_slot_that_raises_or_hangs_is_omitted_and_then_rests(open_house, caplog):
    class Raises:
        async def render(self, context, items):
            raise RuntimeError("inside a slot")

    class Hangs:
        calls = 0

        async def render(self, context, items):
            Hangs.calls += 1
            await asyncio.Event().wait()

    class Miscounts:
        async def render(self, context, items):
            return []

    slots = [
        Slot(name="raises", place="sidebar", renderer=Raises()),
        Slot(name="miscounts", place="footer", renderer=Miscounts()),
        Slot(name="hangs", place="post.content", renderer=Hangs()),
    ]
    async with open_house({"bad": face("bad", register_slots=lambda site: slots)}) as house:
        account, ada = await house.person("ada")
        await house.write(account, "Still here")
        for _ in range(7):
            page = await ada.get("/")
            assert page.status == 200
            assert "Still here" in page.text
    assert Hangs.calls == 5
    assert "the slot raises at sidebar of the plugin bad failed" in caplog.text
    late = "the slot hangs at post.content of the plugin bad took longer than 0.25 seconds"
    assert f"{late}; it rests for a while" in caplog.text


def test_a_slot_that_exists_once_a_page_can_not_vary_by_post():
    slot = Slot(name="wrong", place="sidebar", renderer=Draws(str), varies="post")
    with pytest.raises(PluginError):
        Slots([("plugin", slot)])
