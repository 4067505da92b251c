"""Plugins with a fault each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import msgspec

from microblog_core.contributions import HealthCheck, Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins.settings import Secret
from microblog_core.ports.queue import JobKind
from microblog_core.testing.hygiene_suite import HygieneSuite, Subject
from microblog_core.testing.planted import Planted

SECRET = "s3cret-of-letters"
over = threading.Event()
"""Ends the threads that a fault leaves behind."""


class Settings(msgspec.Struct, frozen=True):
    seal: Secret | None = None


def opened():
    """Something that is open until it is closed."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    return SimpleNamespace(close=lambda: os.close(descriptor))


class Letters:
    name = "letters"

    def __init__(self, site):
        self.site, self.sent = site, []

    async def deliver(self, message, *, key):
        self.sent.append(key)

    async def send(self, job):
        self.sent.append(job.key)

    async def check(self):
        pass


class Sound:
    """A plugin without a fault; what a hook of this does more is in `more`."""

    PLUGIN = Manifest(name="letters", version="1.0", summary="Writes letters to people", settings=Settings)
    job = "letters.send"

    def __init__(self):
        self.left = []
        self.channels = {}

    def channel(self, site):
        """The site's own."""
        return self.channels.setdefault(site.name, Letters(site))

    def more(self, site):
        """What this plugin does while a site is composed."""

    @hookimpl
    def register_channels(self, site):
        self.more(site)
        return [self.channel(site)]

    @hookimpl
    def register_jobs(self, site):
        return [JobKind(name=self.job, handler=self.channel(site).send)]

    @hookimpl
    def register_health_checks(self, site):
        return [HealthCheck(name="letters", check=self.channel(site).check)]

    @hookimpl
    def lifespan(self, site):
        return self.life(site)

    @contextlib.asynccontextmanager
    async def life(self, site):
        yield

    def end(self):
        """Clean up behind a fault."""
        over.set()
        for each in self.left:
            each.close()
        over.clear()


class Misspelt(Sound):
    @hookimpl
    def register_chanels(self, site):
        return []


class SaysNothing(Sound):
    PLUGIN = Manifest(name="letters", settings=Settings)


class NeedsItsSettings(Sound):
    def more(self, site):
        site.settings("letters").seal.reveal()


class TakesAnothersName(Sound):
    job = "post.send"


class StartsAThread(Sound):
    def more(self, site):
        threading.Thread(target=over.wait, args=(10,), name=f"letters of {site.name}", daemon=True).start()


class OpensAFile(Sound):
    def more(self, site):
        self.left.append(opened())


class LeavesAThread(Sound):
    @contextlib.asynccontextmanager
    async def life(self, site):
        threading.Thread(target=over.wait, args=(10,), name=f"letters of {site.name}", daemon=True).start()
        yield


class LeavesATask(Sound):
    @contextlib.asynccontextmanager
    async def life(self, site):
        task = asyncio.create_task(asyncio.sleep(10))
        self.left.append(SimpleNamespace(close=task.cancel))
        yield


class LeavesAFile(Sound):
    @contextlib.asynccontextmanager
    async def life(self, site):
        self.left.append(opened())
        yield


class StumblesAtTheEnd(Sound):
    def more(self, site):
        site.on_close(lambda: 1 / 0)


class ServesTheFirst(Sound):
    @hookimpl
    def register_jobs(self, site):
        return () if len(self.channels) > 1 else super().register_jobs(site)


class SharesAChannel(Sound):
    def channel(self, site):
        return self.channels.setdefault("all", Letters(site))


class SharesAList(Sound):
    def channel(self, site):
        made = super().channel(site)
        made.sent = self.left
        return made


class ClosesForAll(Sound):
    closed = False

    def more(self, site):
        site.on_close(lambda: setattr(self, "closed", True))

    @hookimpl
    def register_health_checks(self, site):
        return [HealthCheck(name="letters", check=self.check)]

    async def check(self):
        if self.closed:
            raise OSError("closed")


class LogsItsSettings(Sound):
    def more(self, site):
        if (seal := site.settings("letters").seal) is not None:
            logging.getLogger("letters").info("sealed with %s", seal.reveal())


class ShowsItsSettings(Sound):
    def channel(self, site):
        made = super().channel(site)
        made.__class__ = _Shown
        return made


class _Shown(Letters):
    def __repr__(self):
        seal = self.site.settings("letters").seal
        return f"Letters({seal and seal.reveal()})"


class KeepsAText(Sound):
    """The secret is no `Secret`."""

    class Settings(msgspec.Struct, frozen=True):
        seal: str = ""

    PLUGIN = msgspec.structs.replace(Sound.PLUGIN, settings=Settings)


def made(kind):
    """A function that makes such a plugin and cleans up behind it, named as the kind is."""

    def make():
        plugin = kind()
        yield Subject(name="letters", module=plugin, settings={"seal": SECRET}, secret=SECRET)
        plugin.end()

    make.__name__ = kind.__name__
    return make


def imported(name, source=""):
    """A function that makes a plugin which is a module, with this in it."""

    def make():
        text = 'from microblog_core.contributions import Manifest\nPLUGIN = Manifest(name="letters")\n'
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, f"{name}.py").write_text(text + source)
            sys.path.insert(0, folder)
            try:
                # What it does on import happens in the suite's own process; here it is only named.
                module = type(sys)(name)
                yield Subject(name="letters", module=module)
            finally:
                sys.path.remove(folder)

    make.__name__ = name
    return make


THREAD = """
from threading import Timer
timer = Timer(9, print)
timer.daemon = True
timer.start()
"""
FAULTS = {
    "test_it_is_active_on_a_site_with_nothing_but_core": [Misspelt],
    "test_its_manifest_says_its_version_and_what_it_is_for": [SaysNothing],
    "test_without_settings_the_site_opens_and_the_report_says_what_to_do": [NeedsItsSettings],
    "test_what_it_adds_is_named_after_it": [TakesAnothersName],
    "test_composing_starts_and_opens_nothing": [StartsAThread, OpensAFile],
    "test_a_closed_site_leaves_nothing_running_and_nothing_open": [LeavesAThread, LeavesATask, LeavesAFile],
    "test_its_life_is_told_in_no_error": [StumblesAtTheEnd],
    "test_two_sites_get_the_same": [ServesTheFirst],
    "test_two_sites_share_no_state": [SharesAChannel, SharesAList],
    "test_closing_one_site_leaves_the_other_as_it_is": [ClosesForAll],
    "test_secrets_show_nowhere": [LogsItsSettings, ShowsItsSettings, KeepsAText],
}
PLANTED = (
    Planted(
        suite=HygieneSuite,
        fixture="subject",
        sound=made(Sound),
        faults={
            **{promise: [made(kind) for kind in kinds] for promise, kinds in FAULTS.items()},
            "test_importing_it_is_light_and_does_nothing": [
                imported("letters_with_pages", "import jinja2\n"),
                imported("letters_that_print", "print('hello')\n"),
                imported("letters_with_a_thread", THREAD),
            ],
        },
    ),
)
