"""Plugins are found by entry points and given by hand; what is missing is named, with the command that
installs it.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import sys

import pytest

from microblog_core.plugins.discovery import BUILTINS, discover, install_command
from microblog_core.plugins.report import PluginState
from microblog_core.testing.sites import report_of, site_with

SAMPLE = 'PLUGIN = Manifest(name="sample", summary="A sample")\n'


def test_core_lists_its_own_plugins_first_and_they_come_through_the_same_door():
    found = discover()
    assert [each.name for each in found[: len(BUILTINS)]] == list(BUILTINS) == ["core", "memory", "runtime"]
    site = site_with()
    assert {report.name: report.state for report in site.report if report.builtin} == dict.fromkeys(
        BUILTINS, "active"
    )


def test_an_installed_plugin_is_reported_with_its_distribution(install_plugin):
    install_plugin("sample", SAMPLE, distribution="microblog-sample", version="2.5")
    report = report_of(site_with(installed=["sample"]), "sample")
    assert (report.state, report.distribution, report.version) == ("active", "microblog-sample", "2.5")
    assert (report.summary, report.faces) == ("A sample", {"microblog.plugins": "installed_sample"})
    assert report.order == 4
    assert report.cost > 0


def test_installed_distributions_are_read_once_for_all_sites_and_again_when_one_came_or_went(
    install_plugin, monkeypatch, tmp_path
):
    looks = []
    look = importlib.metadata.entry_points
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda: looks.append(1) or look())
    install_plugin("sample", SAMPLE)
    for _ in range(3):
        assert "sample" in [each.name for each in discover()]
    assert len(looks) == 1
    install_plugin("second", SAMPLE)
    assert {"sample", "second"} <= {each.name for each in discover()}
    shutil.rmtree(tmp_path / "dist_second-1.0.dist-info")
    names = [each.name for each in discover()]
    assert "sample" in names and "second" not in names
    assert len(looks) == 3


def test_only_the_faces_that_the_process_runs_are_imported(install_plugin):
    install_plugin("sample", SAMPLE)
    install_plugin("sample", "raise AssertionError", group="microblog.tasks", module="sample_tasks")
    install_plugin("sample", "PAGES = 7", group="microblog.web", module="sample_web")
    site = site_with(installed=["sample"], faces=["web"])
    assert report_of(site, "sample").state is PluginState.ACTIVE
    assert site.faces["microblog.web"]["sample"].PAGES == 7
    assert "microblog.tasks" not in site.faces


def test_a_face_that_can_not_be_imported_leaves_the_whole_plugin_out(install_plugin):
    install_plugin("sample", SAMPLE)
    install_plugin("sample", "raise ValueError('no paint')", group="microblog.web", module="sample_web")
    site = site_with(installed=["sample"], faces=["web"])
    assert report_of(site, "sample").reason == "ValueError: no paint"
    assert "sample" not in site.faces.get("microblog.web", {})


def test_a_plugin_may_have_a_web_face_alone(install_plugin):
    install_plugin("theme", 'PLUGIN = Manifest(name="theme")', group="microblog.web")
    site = site_with(installed=["theme"], faces=["web"])
    assert report_of(site, "theme").state is PluginState.ACTIVE
    assert list(site.faces["microblog.web"]) == ["theme"]


def test_two_distributions_with_one_name_are_both_named(install_plugin):
    install_plugin("sample", SAMPLE, distribution="first")
    install_plugin("sample", SAMPLE, distribution="second", module="another_sample")
    report = report_of(site_with(installed=["sample"]), "sample")
    assert (report.state, report.stage) == (PluginState.BROKEN, "discover")
    assert report.reason == "the name 'sample' is used by first and by second"


def test_nobody_takes_the_name_of_a_plugin_of_core(install_plugin):
    install_plugin("memory", 'PLUGIN = Manifest(name="memory")')
    site = site_with(installed=["memory"])
    assert report_of(site, "memory").state is PluginState.ACTIVE
    assert report_of(site, "memory").builtin
    thief = [report for report in site.report if report.name == "memory" and not report.builtin]
    assert [(report.state, report.stage) for report in thief] == [(PluginState.BROKEN, "discover")]
    assert "belongs to a plugin that was there before" in thief[0].reason


def test_switched_off_plugins_are_not_imported(install_plugin):
    install_plugin("sample", "raise AssertionError")
    site = site_with(installed=["sample"], disabled=["sample"])
    assert (report_of(site, "sample").state, report_of(site, "sample").reason) == (
        PluginState.DISABLED,
        "plugins.disabled names it",
    )
    assert report_of(site_with(), "sample").reason == "plugins.only does not name it"


MISSING = "Requires-Dist: not-to-be-found>=1 ; extra == 'sample'\nProvides-Extra: sample\n"


def test_an_extra_with_the_plugins_name_is_what_it_needs_though_its_module_is_light(install_plugin):
    install_plugin("sample", SAMPLE, distribution="microblog-sample", metadata=MISSING)
    report = report_of(site_with(installed=["sample"]), "sample")
    assert (report.state, report.stage) == (PluginState.UNAVAILABLE, "import")
    assert report.reason == "needs the extra 'sample' of microblog-sample"
    assert report.hint == "Install microblog-sample[sample] from where microblog-sample came from."
    assert report.traceback == ""


def test_a_missing_module_is_traced_to_the_extra_that_brings_it(install_plugin):
    extra = "Requires-Dist: Not.To_be-found ; extra == 'fancy'\nProvides-Extra: fancy\n"
    install_plugin("sample", "import not_to_be_found.inner", distribution="microblog-sample", metadata=extra)
    report = report_of(site_with(installed=["sample"]), "sample")
    assert (report.state, report.reason) == (
        PluginState.UNAVAILABLE,
        "needs the extra 'fancy' of microblog-sample",
    )


def test_the_command_for_a_checkout_installs_from_the_checkout(install_plugin, tmp_path, monkeypatch):
    install_plugin("sample", SAMPLE, distribution="microblog-sample")
    monkeypatch.chdir(tmp_path)
    origin = tmp_path / "microblog_sample-1.0.dist-info/direct_url.json"
    origin.write_text(
        json.dumps({"url": f"file://{tmp_path}/packages/sample", "dir_info": {"editable": True}})
    )
    assert install_command("microblog-sample", "sql").endswith(" -e 'packages/sample[sql]'")
    origin.write_text(json.dumps({"url": "https://example.org/sample.whl", "archive_info": {}}))
    assert install_command("microblog-sample", "sql").endswith(
        "'microblog-sample[sql] @ https://example.org/sample.whl'"
    )


@pytest.mark.parametrize("value", ["broken metadata", "{}"])
def test_a_strange_origin_is_no_error(install_plugin, tmp_path, value):
    install_plugin("sample", SAMPLE, distribution="microblog-sample")
    (tmp_path / "microblog_sample-1.0.dist-info/direct_url.json").write_text(value)
    assert install_command("microblog-sample", "sql").startswith("Install microblog-sample[sql]")


LAYER_HOOKS = '''
from collections.abc import Iterable
from microblog_core.hookspecs import hookspec
from microblog_core.site import Site

@hookspec
def register_tiles(site: Site) -> Iterable[str]:
    """Add tiles."""
'''


@pytest.mark.parametrize(
    ("source", "state", "reason"),
    [
        ("@hookimpl\ndef register_tiles(site):\n    return ['blue']", "active", ""),
        ("@hookimpl\ndef register_tile(site):\n    return []", "broken", "there is no hook 'register_tile'"),
        (
            "@hookimpl\ndef register_tiles(site):\n    raise ValueError(site.name)",
            "broken",
            "ValueError: test",
        ),
        (
            "@hookimpl\ndef register_tiles(site):\n    return [7]",
            "broken",
            "register_tiles: an int is no str",
        ),
    ],
)
def test_a_report_may_tell_of_the_hooks_of_faces_too(install_plugin, tmp_path, source, state, reason):
    package = tmp_path / "floor"
    package.mkdir()
    for name, text in {"__init__": "", "hookspecs": LAYER_HOOKS, "face": "", "plugin": ""}.items():
        (package / f"{name}.py").write_text(text)
    install_plugin("floor", group="microblog.floor", module="floor.face", distribution="floor")
    (package / "face.py").write_text(
        "from microblog_core.contributions import Manifest\nPLUGIN = Manifest(name='floor')\n"
    )
    install_plugin("sample", SAMPLE)
    install_plugin("sample", source, group="microblog.floor", module=f"sample_floor_{state}_{len(reason)}")
    site = site_with(installed=["sample", "floor"], faces=["floor"], check_faces=True)
    report = report_of(site, "sample")
    assert (report.state, report.reason) == (state, reason)
    assert report.contributions.get("register_tiles", ()) == (("str",) if state == "active" else ())
    for module in ("floor.face", "floor.hookspecs", "floor"):
        sys.modules.pop(module, None)
