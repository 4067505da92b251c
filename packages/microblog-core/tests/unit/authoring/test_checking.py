"""Every finding on a project that has just that to mend, and none on projects that are well.

Checking takes a second to begin with, so what can be is checked at one go.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from microblog_core.authoring.checking import as_text, check_project, check_projects
from microblog_core.authoring.findings import CODES, Finding

ROOT = Path(__file__).resolve().parents[5]
CHANNEL = """
class Channel:
    name = "sample"
    async def deliver(self, message, *, key):
        return None
"""
WEB_GROUP = """
[project.entry-points."microblog.web"]
sample = "microblog_sample.web"
"""
WEB = """\
from pathlib import Path

from litestar import get
from microblog_core.plugins import implements
from microblog_web import hookspecs
from microblog_web.contributions import NavItem, StaticFolder, TemplateFolder

HERE = Path(__file__).parent

@implements(hookspecs.register_nav_items)
def links(site):
    return [NavItem(key="x", label="X", href="/x/other/"), NavItem(key="y", label="Y", href="//elsewhere/")]

@get("/x/sample/page")
async def page() -> str:
    return ""

@implements(hookspecs.register_routes)
def routes():
    return [page]

@implements(hookspecs.register_static)
def static():
    return [StaticFolder(path=HERE / "nowhere"), StaticFolder(path=HERE, styles=("x.css",))]

@implements(hookspecs.register_templates)
def templates():
    return [TemplateFolder(path=HERE / "nowhere")]

@implements(hookspecs.register_slots)
def slots(site):
    return ["a slot"]

@implements(hookspecs.register_middleware)
def middleware():
    raise ValueError("no luck")
"""
API_GROUP = """
[project.entry-points."microblog.api"]
sample = "microblog_sample.api"
"""
API = """\
from litestar import get
from microblog_api import hookspecs
from microblog_api.contributions import ApiScope, PostField
from microblog_core.plugins import implements

@implements(hookspecs.register_scopes)
def scopes():
    return [ApiScope(name="other:read", description="x"), ApiScope(name="sample:read", description="x")]

class Words:
    async def resolve(self, site, actor, posts):
        return []

@implements(hookspecs.register_post_fields)
def fields():
    return [PostField(name="No Name", type=int, resolver=Words())]

@get("/api/x/sample/pace")
async def pace() -> str:
    return ""

@implements(hookspecs.register_resources)
def resources():
    return [pace]
"""
SETTINGS = """
class Settings(msgspec.Struct, frozen=True):
    places: int = 0
PLUGIN = Manifest(name="sample", settings=Settings)

@hookimpl
def register_channels(site):
    return ["wrong"] * site.settings("sample").places
"""
SEVERAL = """
import socket

opened = socket.socket()

class Settings(msgspec.Struct):
    password: str = ""

PLUGIN = Manifest(name="sample", settings=Settings)

@hookimpl
def register_storages(site): return []
"""
OTHER_LAYER = "@hookimpl\ndef register_slots(site): return []"
CONFIGURED = "[tool.microblog.settings.sample]\nplaces = 1\n"

PYPROJECT = """\
[project]
name = "microblog-sample"
version = "1.0"

[project.entry-points."microblog.plugins"]
sample = "microblog_sample.plugin"
"""
HEAD = """\
from __future__ import annotations

import msgspec

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import Secret, hookimpl, implements

"""
MANIFEST = 'PLUGIN = Manifest(name="sample", version="1.0")\n'

# The code: what the core face says below its imports, and what the finding has to say.
BAD: dict[str, tuple[str, str]] = {
    "MB104": ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    "MB201": ("PLUGIN = 'sample'", "not a Manifest"),
    "MB202": ("PLUGIN = Manifest(name='other')", "'other'"),
    "MB203": ("PLUGIN = Manifest(name='sample', hook_api=99)", "99"),
    "MB204": ("PLUGIN = Manifest(name='sample', requires=['web'])", "requires"),
    "MB205": ("PLUGIN = Manifest(name='sample', capabilities=('magic',))", "magic"),
    "MB206": (
        "from pathlib import Path\n"
        "PLUGIN = Manifest(name='sample', translations=Path(__file__).parent / 'locale')",
        "no translations",
    ),
    "MB301": ("@hookimpl\ndef register_chanels(site): return []", "register_chanels"),
    "MB302": ("def register_channels(site): return []", "not marked"),
    "MB303": ("@hookimpl\ndef register_storages(site): return []", "site"),
    "MB304": (
        "@implements(hookspecs.register_channels)\ndef channels() -> dict[str, int]: return {}",
        "dict",
    ),
    "MB305": ("@hookimpl\nasync def register_channels(site): return []", "async def"),
    "MB401": ("@hookimpl\ndef register_channels(site): raise ValueError('no luck')", "no luck"),
    "MB402": ("@hookimpl\ndef register_channels(site): return 'mail'", "a str"),
    "MB403": (
        "from microblog_core.domain.permissions import Permission\n"
        "@hookimpl\ndef register_permissions(): return [Permission('other.read', 'x')]",
        "sample.",
    ),
    "MB404": (
        f"{CHANNEL}\n@hookimpl\ndef register_channels(site): return [Channel(), Channel()]",
        "named twice",
    ),
    "MB408": ("TABLES = 'CREATE TABLE IF NOT EXISTS things (id INTEGER)'", "'things'"),
    "MB501": (
        "class Settings(msgspec.Struct):\n    path: str = ''\n"
        "PLUGIN = Manifest(name='sample', settings=Settings)",
        "Settings can be changed",
    ),
    "MB502": (
        "class Settings(msgspec.Struct, frozen=True):\n    api_token: str = ''\n"
        "PLUGIN = Manifest(name='sample', settings=Settings)",
        "api_token",
    ),
    "MB503": (
        "class Other: pass\nclass Settings(msgspec.Struct, frozen=True):\n    one: Other | None = None\n"
        "PLUGIN = Manifest(name='sample', settings=Settings)",
        "Other",
    ),
    "MB504": (
        "class Settings(msgspec.Struct, frozen=True):\n    address: str\n"
        "PLUGIN = Manifest(name='sample', settings=Settings)",
        "address",
    ),
    "MB601": ("from microblog_core.plugins.composing import _trimmed", "_trimmed is private"),
    "MB602": ("import litestar", "litestar"),
    "MB603": ("import threading\nthreading.Thread(target=print, args=('',)).start()", "thread"),
    "MB604": ("import socket\nopened = socket.socket()", "socket"),
    "MB605": ("import asyncio\nloop = asyncio.new_event_loop()", "event loop"),
    "MB606": ("open('a file', 'w').close()", "file"),
    "MB607": ("import subprocess\nsubprocess.run(['true'])", "program"),
}


def make_project(
    folder: Path, plugin: str = "", *, pyproject: str = "", typed: bool = True, **modules: str
) -> Path:
    """A project whose core face has this source below the usual imports and, unless it has one, a manifest.
    Further modules by name; `pyproject` is added to the file of that name.
    """
    package = folder / "src/microblog_sample"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT + pyproject)
    source = plugin if "PLUGIN" in plugin else MANIFEST + plugin
    for name, text in {"__init__": "", "plugin": HEAD + source, **modules}.items():
        (package / f"{name}.py").write_text(text)
    if typed:
        (package / "py.typed").touch()
    return folder


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Path, tuple[Finding, ...]]]:
    """All bad projects, checked at one go: the folder of each, and what was found."""
    base = tmp_path_factory.mktemp("projects")
    folders = {code: make_project(base / code, source) for code, (source, _) in BAD.items()}
    folders["web"] = make_project(base / "web", pyproject=WEB_GROUP, web=WEB)
    folders["api"] = make_project(base / "api", pyproject=API_GROUP, api=API)
    folders["untyped"] = make_project(base / "untyped", typed=False)
    folders["several"] = make_project(base / "several", SEVERAL)
    folders["another layer"] = make_project(base / "layer", OTHER_LAYER)
    folders["exits"] = make_project(base / "exits", "import os; os._exit(3)")
    folders["good"] = make_project(base / "good", SETTINGS)
    folders["configured"] = make_project(base / "configured", SETTINGS, pyproject=CONFIGURED)
    found = check_projects(list(folders.values()))
    return {name: (folder, found[folder]) for name, folder in folders.items()}


@pytest.mark.parametrize("code", BAD)
def test_a_project_with_one_fault_is_told_just_that(checked, code):
    folder, (finding,) = checked[code]
    assert finding.code == code, finding
    assert BAD[code][1] in finding.problem
    assert finding.hint
    file, _, line = finding.where.partition(":")
    assert file == "src/microblog_sample/plugin.py"
    assert int(line or 1) <= len((folder / file).read_text().splitlines())


def test_a_fault_is_told_with_its_line(checked):
    folder, (finding,) = checked["MB607"]
    file, _, line = finding.where.partition(":")
    assert (folder / file).read_text().splitlines()[int(line) - 1] == "subprocess.run(['true'])"


@pytest.mark.parametrize(
    ("pyproject", "code", "said"),
    [
        (None, "MB101", "can't be read"),
        ("[project", "MB101", "no TOML"),
        ("[project]\nname = 'x'\n", "MB102", "No entry point"),
        ('[project.entry-points."microblog.plugin"]\nsample = "x"\n', "MB103", "'microblog.plugin'"),
    ],
)
def test_what_is_wrong_with_the_project_file_itself(tmp_path, pyproject, code, said):
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(pyproject)
    finding = next(each for each in check_project(tmp_path) if each.code == code)
    assert said in finding.problem
    assert finding.hint


def test_a_package_without_its_mark_for_type_checkers(checked):
    _, (finding,) = checked["untyped"]
    assert (finding.code, finding.where) == ("MB106", "src/microblog_sample")


@pytest.mark.parametrize(
    ("face", "code", "said"),
    [
        ("web", "MB405", "/x/other/ is another plugin's path"),
        ("web", "MB405", "'//elsewhere/' is no path of this site"),
        ("web", "MB405", "/x/sample/x/sample/page"),
        ("web", "MB406", "The static folder of sample is not there"),
        ("web", "MB406", "There is no static file sample/x.css"),
        ("web", "MB406", "register_templates: there is no folder"),
        ("web", "MB402", "register_slots: a str"),
        ("web", "MB401", "no luck"),
        ("api", "MB403", "'other:read' is not named sample:something"),
        ("api", "MB407", "'No Name' is malformed"),
        ("api", "MB405", "/api/x/sample/api/x/sample/pace"),
    ],
)
def test_what_is_wrong_with_a_face_of_another_layer(checked, face, code, said):
    _, findings = checked[face]
    (finding,) = [each for each in findings if said in each.problem]
    assert finding.code == code
    assert finding.hint
    assert finding.where.startswith(f"src/microblog_sample/{face}.py")


def test_faces_are_told_nothing_else(checked):
    assert (len(checked["web"][1]), len(checked["api"][1])) == (8, 3)


def test_a_hook_of_another_layer_says_where_it_belongs(checked):
    _, (finding,) = checked["another layer"]
    assert finding.code == "MB301"
    assert "microblog.web" in finding.hint


def test_a_module_that_ends_its_process_is_told_and_the_others_are_checked(checked):
    _, (finding,) = checked["exits"]
    assert (finding.code, finding.where) == ("MB104", "sample")
    assert "exit code 3" in finding.problem


def test_a_module_that_holds_its_process_is_given_up(tmp_path):
    (finding,) = check_project(make_project(tmp_path, "while True: pass"), seconds=1.0)
    assert (finding.code, finding.where) == ("MB104", "sample")
    assert "did not end within 1 seconds" in finding.problem


def test_several_faults_are_told_at_once_in_the_order_of_the_lines(checked):
    assert [finding.code for finding in checked["several"][1]] == ["MB604", "MB501", "MB502", "MB303"]


def test_what_the_project_configures_for_a_check_is_used(checked):
    assert checked["good"][1] == ()
    assert [finding.code for finding in checked["configured"][1]] == ["MB402"]


def test_a_check_leaves_nothing_in_the_project(checked):
    folder, _ = checked["good"]
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    package = "src/microblog_sample"
    expected = {f"{package}/{name}" for name in ("__init__.py", "plugin.py", "py.typed")}
    assert files == {"pyproject.toml", *expected}


def test_our_own_plugins_have_nothing_to_mend():
    projects = sorted((ROOT / "examples").glob("*/pyproject.toml"))
    folders = [path.parent for path in projects if "microblog.plugins" in path.read_text()]
    found = check_projects([*folders, ROOT / "packages/microblog-plugins"])
    assert len(found) > 4
    assert {folder.name: as_text(findings) for folder, findings in found.items() if findings} == {}


def test_every_code_has_a_test_that_shows_it():
    # A layer that isn't there needs an environment without it.
    texts = Path(__file__).read_text() + (ROOT / "tests/compose/test_beginnings.py").read_text()
    assert [code for code in CODES if code not in texts] == []
