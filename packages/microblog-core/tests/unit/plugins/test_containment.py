"""A broken plugin never takes the site down: whatever it does wrong, the site composes, opens and says who
and why.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from microblog_core import __version__
from microblog_core.contributions import HOOK_API, Manifest
from microblog_core.examining import examine_plugins
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins import Secret, manifest
from microblog_core.plugins.report import PluginReport, PluginState
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with


async def opened_with(plugin: Any, **options: Any) -> tuple[Site, PluginReport]:
    """The report of a plugin called `sample`, after its site was open beside a plugin that works."""
    site = site_with({"sample": plugin, "well": Well()}, **options)
    await check_it_works(site)
    return site, report_of(site, "sample")


async def check_it_works(site: Site) -> None:
    async with site:
        await site.ports.storage.ping()
        assert [method.name for method in site.contributions.login_methods] == ["password"]
        if "well" in {report.name for report in site.report}:
            assert report_of(site, "well").state is PluginState.ACTIVE
            assert "well" in {channel.name for channel in site.contributions.channels}


class Channel:
    def __init__(self, name: str) -> None:
        self.name = name

    async def deliver(self, message: object, *, key: str) -> None:
        return None


class Well:
    PLUGIN = Manifest(name="well")

    @hookimpl
    def register_channels(self, site):
        return [Channel("well")]


class Sample:
    PLUGIN = Manifest(name="sample")


async def test_an_import_error_is_reported_with_its_traceback(install_plugin):
    install_plugin("sample", "import a_module_that_does_not_exist")
    site = site_with(installed=["sample"])
    await check_it_works(site)
    report = report_of(site, "sample")
    assert (report.state, report.stage) == (PluginState.BROKEN, "import")
    assert "a_module_that_does_not_exist" in report.reason
    assert "installed_sample.py" in report.traceback
    assert "microblog_core/plugins" not in report.traceback


async def test_an_import_that_raises_anything_at_all_is_contained(install_plugin):
    install_plugin("sample", "raise SystemExit(3)")
    site = site_with(installed=["sample"])
    await check_it_works(site)
    assert report_of(site, "sample").state is PluginState.BROKEN
    assert "sys.exit" in report_of(site, "sample").reason


async def test_an_import_that_waits_forever_is_given_up(install_plugin):
    install_plugin("sample", "import threading, sys\nsys.holding.wait()")
    import sys

    sys.holding = holding = threading.Event()
    try:
        site = site_with(installed=["sample"], time_budget=0.2)
        await check_it_works(site)
        report = report_of(site, "sample")
        assert (report.state, report.stage) == (PluginState.BROKEN, "import")
        assert "did not finish within 0.2 seconds" in report.reason
    finally:
        holding.set()
        del sys.holding


async def test_an_import_that_spins_forever_is_interrupted(install_plugin):
    install_plugin("sample", "while True:\n    pass")
    site = site_with(installed=["sample"], time_budget=0.2)
    await check_it_works(site)
    assert report_of(site, "sample").state is PluginState.BROKEN
    assert no_thread_is_left("installed_sample")


def no_thread_is_left(name: str) -> bool:
    until = time.monotonic() + 5
    while any(name in thread.name for thread in threading.enumerate()):
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.01)
    return True


async def test_raising_in_a_hook_drops_the_whole_plugin_and_nobody_else():
    class Raising(Sample):
        @hookimpl
        def register_channels(self, site):
            return [Channel("sample")]

        @hookimpl
        def register_policies(self, site):
            raise ValueError("no good")

    site, report = await opened_with(Raising())
    assert (report.state, report.stage) == (PluginState.BROKEN, "contribute")
    assert report.reason == "ValueError: no good"
    assert "register_policies" in report.traceback
    assert report.contributions == {}
    assert "sample" not in {channel.name for channel in site.contributions.channels}


async def test_a_generator_that_raises_half_way_is_contained():
    class Halfway(Sample):
        @hookimpl
        def register_channels(self, site):
            yield Channel("sample")
            raise ValueError("half way")

    site, report = await opened_with(Halfway())
    assert report.reason == "ValueError: half way"
    assert "sample" not in {channel.name for channel in site.contributions.channels}


async def test_waiting_forever_in_a_hook_is_given_up():
    holding = threading.Event()

    class Waiting(Sample):
        @hookimpl
        def register_channels(self, site):
            holding.wait()
            return []

    try:
        _, report = await opened_with(Waiting(), time_budget=0.2)
        assert report.reason == "sample.register_channels did not finish within 0.2 seconds"
    finally:
        holding.set()


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, "register_channels returned None"),
        ("mail", "register_channels returned a str"),
        (7, "register_channels returned an int"),
        ([7], "register_channels: an int has no 'name', which Channel needs"),
        ([Channel], "register_channels: the class Channel is the class; return an object of it"),
        (
            [SimpleNamespace(name="x")],
            "register_channels: a SimpleNamespace has no 'deliver', which Channel needs",
        ),
        (
            [SimpleNamespace(name="x", deliver=lambda message, *, key: None)],
            "register_channels: SimpleNamespace.deliver must be `async def`",
        ),
    ],
)
async def test_the_wrong_type_is_refused_and_named(result, reason):
    class Wrong(Sample):
        @hookimpl
        def register_channels(self, site):
            return result

    _, report = await opened_with(Wrong())
    assert (report.state, report.reason) == (PluginState.BROKEN, reason)
    assert report.hint


async def test_a_misspelt_hook_breaks_the_plugin_and_names_the_right_one():
    class Misspelt(Sample):
        @hookimpl
        def register_chanels(self, site):
            return []

    _, report = await opened_with(Misspelt())
    assert (report.state, report.stage) == (PluginState.BROKEN, "register")
    assert report.reason == "there is no hook 'register_chanels'"
    assert report.hint == "Did you mean register_channels?"


async def test_a_parameter_that_the_hook_does_not_have_is_named():
    class Surplus(Sample):
        @hookimpl
        def register_channels(self, site, request):
            return []

    _, report = await opened_with(Surplus())
    assert report.stage == "register"
    assert "request" in report.reason


async def test_a_hook_that_was_not_marked_is_found(install_plugin):
    install_plugin(
        "sample",
        """
        PLUGIN = Manifest(name="sample")
        def register_channels(site):
            return []
        """,
    )
    site = site_with(installed=["sample"])
    await check_it_works(site)
    assert report_of(site, "sample").reason == "register_channels is not marked as a hook"


async def test_a_wrapper_is_refused_since_it_could_hurt_others():
    class Wrapping(Sample):
        @hookimpl(wrapper=True)
        def register_channels(self, site):
            yield
            return []

    _, report = await opened_with(Wrapping())
    assert report.reason == "register_channels is a wrapper"


class Settings(msgspec.Struct, frozen=True):
    port: int
    password: Secret = Secret("")


class Configured(Sample):
    PLUGIN = Manifest(name="sample", settings=Settings)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({}, "plugins.sample: the setting port is missing."),
        ({"port": "many"}, "plugins.sample.port: expected int, got str."),
        ({"port": 1, "prot": 2}, "plugins.sample.prot: there is no such setting."),
        ({"port": 1, "password": 5}, "plugins.sample.password: expected a text."),
    ],
)
async def test_bad_settings_break_only_that_plugin_and_name_the_key(table, reason):
    _, report = await opened_with(Configured(), settings={"sample": table})
    assert (report.state, report.stage, report.reason) == (PluginState.BROKEN, "settings", reason)


async def test_settings_for_a_plugin_that_takes_none_are_an_error():
    _, report = await opened_with(Sample(), settings={"sample": {"port": 1}})
    assert report.reason == "plugins.sample.port: the plugin takes no settings"


async def test_a_plugin_for_another_hook_api_is_told_so_by_name_with_both_numbers(caplog):
    class Newer:
        PLUGIN = Manifest(name="sample", hook_api=HOOK_API + 98)

    site, report = await opened_with(Newer())
    told = f"was made for the hook API 99; microblog-core {__version__} has {HOOK_API}"
    assert (report.state, report.reason) == (PluginState.INCOMPATIBLE, told)
    assert report.hint == "Install a newer microblog-core, or an older version of the plugin."
    assert f"The plugin sample is incompatible (manifest): {told}" in caplog.text
    (finding,) = [each for each in examine_plugins(site) if each.subject == "plugin sample"]
    assert finding.text == f"incompatible: {told}"


async def test_a_plugin_that_names_no_number_was_made_for_the_first(monkeypatch):
    monkeypatch.setattr(manifest, "HOOK_API", 2)
    with pytest.raises(manifest.Incompatible, match="was made for the hook API 1") as refused:
        manifest.read_manifest("sample", {"microblog.plugins": Sample})
    assert refused.value.hint == "Install a newer version of the plugin."


@pytest.mark.parametrize(
    ("number", "reason"),
    [("2", "is a str"), (True, "is True"), (None, "is a NoneType"), (0, "is 0"), (1.0, "is a float")],
)
async def test_an_odd_number_is_named_with_the_present_one(number, reason):
    class Odd:
        PLUGIN = Manifest(name="sample", hook_api=number)

    _, report = await opened_with(Odd())
    assert report.state is PluginState.BROKEN
    assert report.reason == f"PLUGIN.hook_api {reason}"
    assert report.hint.endswith(f"the present one is {HOOK_API}.")


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (SimpleNamespace(), "has no PLUGIN"),
        (SimpleNamespace(PLUGIN="sample"), "is a str, not a Manifest"),
        (SimpleNamespace(PLUGIN=Manifest(name="other")), "PLUGIN says 'other'"),
        (SimpleNamespace(PLUGIN=Manifest(name="sample", after="well")), "PLUGIN.after is a str"),
        (SimpleNamespace(PLUGIN=Manifest(name="sample", settings={})), "PLUGIN.settings is a dict"),
    ],
)
async def test_a_wrong_manifest_is_named(plugin, reason):
    _, report = await opened_with(plugin)
    assert (report.state, report.stage) == (PluginState.BROKEN, "manifest")
    assert reason in report.reason


async def test_plugins_in_a_circle_are_broken_and_others_work():
    class First:
        PLUGIN = Manifest(name="first", after=("second",))

    class Second:
        PLUGIN = Manifest(name="second", after=("first",))

    site = site_with({"first": First(), "second": Second(), "well": Well()})
    await check_it_works(site)
    for name in ("first", "second"):
        assert (report_of(site, name).state, report_of(site, name).stage) == (PluginState.BROKEN, "order")
    assert report_of(site, "first").reason == "its order runs in a circle: first after second after first"


async def test_who_requires_a_broken_plugin_falls_out_with_it():
    class Raising(Sample):
        @hookimpl
        def register_policies(self, site):
            raise ValueError("no good")

    class Needing:
        PLUGIN = Manifest(name="needing", requires=("sample",))

    site = site_with({"needing": Needing(), "sample": Raising()})
    await check_it_works(site)
    assert report_of(site, "needing").reason == "requires the plugin 'sample', which is broken"


async def test_who_requires_what_is_not_installed_says_so():
    class Needing(Sample):
        PLUGIN = Manifest(name="sample", requires=("absent",))

    _, report = await opened_with(Needing())
    assert report.reason == "requires the plugin 'absent', which is not installed"


async def test_a_capability_that_the_storage_lacks_makes_a_plugin_unavailable():
    class Demanding(Sample):
        PLUGIN = Manifest(name="sample", capabilities=("antigravity",))

    _, report = await opened_with(Demanding())
    assert report.state is PluginState.UNAVAILABLE
    assert "'antigravity'" in report.reason


async def test_a_name_that_is_taken_is_refused_with_its_owner():
    class Taking(Sample):
        PLUGIN = Manifest(name="sample", after=("well",))

        @hookimpl
        def register_channels(self, site):
            return [Channel("well")]

    _, report = await opened_with(Taking())
    assert report.reason == "the channel 'well' is taken by the plugin 'well'"


async def test_a_schedule_of_an_unknown_job_is_refused():
    from microblog_core.ports.queue import Schedule

    class Scheduling(Sample):
        @hookimpl
        def register_schedules(self, site):
            return [Schedule(name="nightly", kind="sample.nothing", every=60)]

    _, report = await opened_with(Scheduling())
    assert "'sample.nothing', a job that nobody offers" in report.reason


async def test_secrets_do_not_reach_the_report_or_the_log(caplog):
    class Telling(Sample):
        PLUGIN = Manifest(name="sample", settings=Settings)

        @hookimpl
        def register_channels(self, site):
            raise ValueError(f"can't log in with {site.settings('sample').password.reveal()}")

    _, report = await opened_with(Telling(), settings={"sample": {"port": 1, "password": "correct horse"}})
    assert report.reason == "ValueError: can't log in with ***"
    assert "correct horse" not in str(report) + caplog.text
