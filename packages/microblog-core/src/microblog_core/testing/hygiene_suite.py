"""What every plugin owes the sites that it is on, as tests: subclass `HygieneSuite` and run pytest.

    class TestHygiene(HygieneSuite):
        @pytest.fixture
        def subject(self):
            return Subject(name="weather", module=weather_plugin, settings={"key": "s3cret"}, secret="s3cret")

A plugin that is installed needs no `module`. What the contributed objects do has suites of its own.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from types import MethodType, ModuleType
from typing import Any, ClassVar

import msgspec

from microblog_core.plugins.bundle import Contributions
from microblog_core.plugins.report import PluginState, as_data
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with
from microblog_core.testing.watching import Left, logged, running

PATIENCE = 10.0
"""Seconds that opening and closing a site, and each health check, may take."""
LOOKED_AT = 4
"""How deep objects are looked into."""

_SCRIPT = """
import sys, threading
import microblog_core.site
before, threads = set(sys.modules), threading.active_count()
import {module}
names = sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})
print("LOADED", *[name for name in names if name not in sys.stdlib_module_names])
print("THREADS", threading.active_count() - threads)
"""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin that is looked at, by its name; with its `module` (or modules by face) where it isn't
    installed.

    `settings` are good ones, `secret` is a text in them that nobody may see, `site` are further fields of
    `SiteConfig` that it needs.
    """

    name: str
    module: Any = None
    settings: Mapping[str, Any] = {}
    secret: str = ""
    site: Mapping[str, Any] = {}


class HygieneSuite:
    """What every plugin must keep to. Fixture: `subject`."""

    light: ClassVar[frozenset[str]] = frozenset()
    """Packages beside core, its own dependencies and the plugin's own that importing it may load."""

    def site(self, subject: Subject, *, settings: Mapping[str, Any] | None = None, name: str = "one") -> Site:
        """A site with this plugin and core's own, composed and not open."""
        given = {} if subject.module is None else {subject.name: subject.module}
        table = subject.settings if settings is None else settings
        return site_with(
            given,
            installed=() if given else (subject.name,),
            settings={subject.name: table} if table else {},
            name=name,
            **{"base_url": "https://blog.example", **subject.site},
        )

    def active(self, subject: Subject, *, name: str = "one") -> Site:
        """Such a site, on which the plugin is active."""
        site = self.site(subject, name=name)
        report = report_of(site, subject.name)
        assert report.state is PluginState.ACTIVE, f"{report.stage}: {report.reason} {report.hint}"
        return site

    async def life(self, site: Site) -> list[str]:
        """Open a site, ask its health and close it; how the health checks failed."""
        async with asyncio.timeout(3 * PATIENCE), site:
            return await self.health(site)

    async def health(self, site: Site) -> list[str]:
        """How health checks fail: what they check may well be away in tests."""
        failed = []
        for check in site.health_checks:
            try:
                async with asyncio.timeout(PATIENCE):
                    await check.check()
            except Exception as error:
                failed.append(f"{check.name}: {error!r}")
        return failed

    async def left(self, subject: Subject) -> Left:
        """What runs and is open after a site with the plugin was closed, that was not before."""
        await self.life(self.active(subject))
        before = running()
        await self.life(self.active(subject, name="two"))
        # What was cancelled ends in the next turns of the loop; what nobody holds any more is closed.
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        return running().since(before)

    # What it says of itself

    async def test_it_is_active_on_a_site_with_nothing_but_core(self, subject: Subject) -> None:
        async with self.active(subject) as site:
            assert report_of(site, subject.name).state is PluginState.ACTIVE

    def test_its_manifest_says_its_version_and_what_it_is_for(self, subject: Subject) -> None:
        report = report_of(self.active(subject), subject.name)
        assert report.version not in ("", "0")
        assert len(report.summary.split()) > 1

    async def test_without_settings_the_site_opens_and_the_report_says_what_to_do(
        self, subject: Subject
    ) -> None:
        async with self.site(subject, settings={}) as site:
            report = report_of(site, subject.name)
            if report.state is not PluginState.ACTIVE:
                assert report.traceback == "", report.reason
                assert report.hint

    def test_what_it_adds_is_named_after_it(self, subject: Subject) -> None:
        report = report_of(self.active(subject), subject.name)
        for hook in ("register_events", "register_jobs", "register_permissions", "register_health_checks"):
            for name in report.contributions.get(hook, ()):
                assert name.startswith(f"{subject.name}.") or name == subject.name, f"{hook}: {name}"

    # What it does while it is imported and composed

    def test_importing_it_is_light_and_does_nothing(self, subject: Subject) -> None:
        module = _module_name(subject)
        if not module:
            return
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-W", "ignore", "-c", _SCRIPT.format(module=module)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        loaded, _, threads = done.stdout.partition("\n")
        own = {module.partition(".")[0], "microblog_core"}
        assert set(loaded.split()[1:]) - own - self.light == set()
        assert (loaded.split()[0], threads, done.stderr) == ("LOADED", "THREADS 0\n", "")

    async def test_composing_starts_and_opens_nothing(self, subject: Subject) -> None:
        # What it loads late and keeps for ever is loaded by now.
        self.active(subject)
        before = running()
        site = self.active(subject, name="two")
        began = running().since(before)
        assert report_of(site, subject.name).state is PluginState.ACTIVE
        assert (began.threads, began.tasks, began.descriptors) == (frozenset(), frozenset(), frozenset())

    # What it leaves behind

    async def test_a_closed_site_leaves_nothing_running_and_nothing_open(self, subject: Subject) -> None:
        left = await self.left(subject)
        assert (left.threads, left.tasks, left.descriptors) == (frozenset(), frozenset(), frozenset())

    async def test_its_life_is_told_in_no_error(self, subject: Subject) -> None:
        with logged() as log:
            await self.life(self.active(subject))
        assert not log.has_errors, log.text

    # Several sites in one process

    async def test_two_sites_get_the_same(self, subject: Subject) -> None:
        reports = [report_of(self.active(subject, name=name), subject.name) for name in ("one", "two")]
        first, second = (report.contributions for report in reports)
        assert first == second

    async def test_two_sites_share_no_state(self, subject: Subject) -> None:
        sites = [self.active(subject, name=name) for name in ("one", "two")]
        first, second = ({id(each): each for each in _stateful(site, subject)} for site in sites)
        assert [first[key] for key in first.keys() & second.keys()] == []

    async def test_closing_one_site_leaves_the_other_as_it_is(self, subject: Subject) -> None:
        one, two = self.active(subject, name="one"), self.active(subject, name="two")
        async with asyncio.timeout(3 * PATIENCE), two:
            async with one:
                before = await self.health(two)
            assert await self.health(two) == before

    # Secrets

    async def test_secrets_show_nowhere(self, subject: Subject) -> None:
        if not subject.secret:
            return
        with logged() as log:
            site = self.active(subject)
            failures = await self.life(site)
        shown = {
            "the log": log.text,
            "the report": repr(as_data(site.report)),
            "the settings": repr(site.settings(subject.name)),
            "a health check": repr(failures),
            "a contributed object": repr([repr(each) for each in _items(site, subject)]),
        }
        assert [where for where, text in shown.items() if subject.secret in text] == []


def _items(site: Site, subject: Subject) -> Iterator[object]:
    """What the plugin contributed."""
    given: Contributions = site.contributions
    for name in given.__dataclass_fields__:
        values = getattr(given, name)
        if name == "owners":
            continue
        for item in values.values() if isinstance(values, Mapping) else values:
            if given.owner(item) == subject.name:
                yield item


def _stateful(site: Site, subject: Subject) -> Iterator[object]:
    """What can change in the objects of the plugin's own classes: they and the containers in them."""
    own = _packages(subject)
    seen: set[int] = set()
    waiting = [(item, 0) for item in _items(site, subject)]
    while waiting:
        item, depth = waiting.pop()
        if id(item) in seen or depth > LOOKED_AT:
            continue
        seen.add(id(item))
        kept = _kept(item, own)
        if isinstance(item, list | dict | set | bytearray) or (kept and not _frozen(item)):
            yield item
        waiting += [(each, depth + 1) for each in kept]


def _kept(item: object, own: frozenset[str]) -> list[object]:
    """What an object holds: a bound method its object, one of the plugin's classes its attributes."""
    if isinstance(item, msgspec.Struct):
        return [getattr(item, name) for name in item.__struct_fields__]
    if isinstance(item, MethodType):
        return [item.__self__]
    if type(item).__module__.partition(".")[0] not in own or not hasattr(item, "__dict__"):
        return []
    return [*vars(item).values()]


def _frozen(item: object) -> bool:
    """Whether the object itself can't change."""
    parameters = getattr(type(item), "__dataclass_params__", None)
    return isinstance(item, msgspec.Struct | MethodType) or (parameters is not None and parameters.frozen)


def _packages(subject: Subject) -> frozenset[str]:
    """Where the classes of the plugin are: the packages of its modules and of its hooks."""
    modules = subject.module.values() if isinstance(subject.module, Mapping) else [subject.module]
    names = {_module_name(subject)}
    for module in modules:
        hooks = [*vars(module).values(), type(module)] if hasattr(module, "__dict__") else []
        names |= {getattr(each, "__module__", None) or "" for each in hooks if callable(each)}
    return frozenset(name.partition(".")[0] for name in names) - {"", "microblog_core", "types", "builtins"}


def _module_name(subject: Subject) -> str:
    """What to import to get the plugin; empty for one that is made in a test."""
    module = subject.module
    if isinstance(module, Mapping):
        module = module.get("plugins")
    if isinstance(module, ModuleType):
        return module.__name__
    points = metadata.entry_points(group="microblog.plugins", name=subject.name)
    return next(iter(points)).value if module is None and points else ""


__all__ = ["HygieneSuite", "Subject"]
