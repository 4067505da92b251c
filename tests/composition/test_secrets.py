"""A secret in every secret setting of every installed plugin, everything that can go wrong, and not a trace
of it: in errors, reports, commands, the log, the operators' pages, and the page of an error.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from microblog_core.cli.main import cli
from microblog_core.config_reference import Table, core_tables, plugin_tables, variable
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.describing import ITEM, NAME
from microblog_core.plugins.discovery import CORE_FACE, discover, load_face
from microblog_core.plugins.report import as_data
from microblog_core.plugins.settings import decode_settings
from microblog_core.testing.browser import Browser, log_in
from microblog_core.testing.servers import site_server
from microblog_core.testing.sites import site_with

CANARY = "canary-that-nobody-may-see"
PASSWORD = "a long pass phrase"
LEAKY = """
from contextlib import asynccontextmanager

import msgspec
from microblog_core.plugins import Secret
from microblog_core.ports.operations import AddJob, Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.contributions import HealthCheck

class Deep(msgspec.Struct, frozen=True):
    password: Secret = Secret("")

class Settings(msgspec.Struct, frozen=True):
    key: Secret = Secret("")
    deep: Deep = Deep()
    keys: tuple[Secret, ...] = ()
    named: dict[str, Deep] = {}

PLUGIN = Manifest(name="leaky", settings=Settings)

def spill(site):
    settings = site.settings("leaky")
    texts = [settings.key, settings.deep.password, *settings.keys]
    texts += [one.password for one in settings.named.values()]
    raise RuntimeError(f"I was given {settings} and {', '.join(text.reveal() for text in texts)}")

@hookimpl
def register_jobs(site):
    async def run(job):
        spill(site)
    return [JobKind(name="leaky.spill", handler=run, retry=RetryPolicy(tries=1))]

@hookimpl
def register_health_checks(site):
    async def check():
        spill(site)
    return [HealthCheck(name="leaky", check=check)]

@hookimpl
def lifespan(site):
    @asynccontextmanager
    async def entered():
        now = site.ports.clock.now()
        times = {"due_at": now, "created_at": now}
        job = Job(id=site.ports.ids.at(now), kind="leaky.spill", key="1", payload=b"{}", **times)
        await site.ports.storage.commit([AddJob(job=job)])
        yield
    return entered()
"""
LEAKY_WEB = """
from litestar import get, Request
from microblog_core.http.scope import site_of
from leaky_plugins import spill

@get("/spill", sync_to_thread=False)
def spilling(request: Request) -> str:
    spill(site_of(request.scope))

@hookimpl
def register_routes():
    return [spilling]
"""
SPILLS_AT_ONCE = """
from leaky_plugins import Settings
PLUGIN = Manifest(name="hasty", settings=Settings)

@hookimpl
def register_channels(site):
    raise RuntimeError("I was given " + site.settings("hasty").key.reveal())
"""


def planted(tables: list[Table]) -> dict[str, str]:
    """A canary of its own for every secret that a variable can set, by variable."""
    names = [
        variable(table, setting)
        for table in tables
        for setting in table.settings
        if setting.secret and not {NAME, ITEM} & {*setting.path} and table.path[0] != "sites"
    ]
    return {name: f"{CANARY}-{number}" for number, name in enumerate(names)}


def structs() -> Iterator[tuple[str, Any]]:
    """(table, type) of the settings of every installed plugin."""
    for found in discover():
        manifest = getattr(load_face(found, CORE_FACE), "PLUGIN", None) if CORE_FACE in found.faces else None
        if manifest is not None and manifest.settings is not None:
            yield f"plugins.{found.name}", manifest.settings


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The raw table in which only this key is set."""
    for part in reversed(path):
        value = {part: value}
    return dict(value)


def refusal(raw: dict[str, Any], into: Any) -> str:
    """What is said of a raw table that can't be decoded; empty where it can."""
    try:
        decode_settings(raw, into, "plugins.x")
    except ConfigurationError as error:
        return f"{error} {error.hint} {error.__cause__}"
    return ""


def test_no_error_quotes_what_was_put_anywhere():
    wrong = (CANARY, [CANARY], {"x": CANARY}, [{"x": CANARY}], f'{{"x": "{CANARY}"', f'["{CANARY}"')
    refused = 0
    types = dict(structs())
    for table in plugin_tables()[0]:
        for setting in table.settings:
            for value in wrong:
                for path in (setting.path, (*setting.path[:-1], setting.path[-1] + "x")):
                    said = refusal(nested(path, value), types[".".join(table.path)])
                    refused += bool(said)
                    assert CANARY not in said, (path, value)
    assert refused > 500


@pytest.mark.parametrize("shape", [lambda text: text, lambda text: [text], lambda text: {"x": text}])
def test_no_report_of_a_composition_tells_one(shape, caplog):
    caplog.set_level(logging.DEBUG)
    tables, _ = plugin_tables()
    raw: dict[str, dict[str, Any]] = {}
    for table in tables:
        for setting in table.settings:
            if setting.secret:
                raw.setdefault(table.plugin, {}).update(nested(setting.path, shape(CANARY)))
    assert raw.keys() >= {"email", "stripe", "razorpay", "redis", "s3", "prometheus"}
    site = site_with(installed=[table.plugin for table in tables], settings=raw)
    assert CANARY not in json.dumps(as_data(site.report)) + repr(site.doubts) + caplog.text


def test_addresses_of_databases_are_shown_without_who_logs_in(tmp_path, monkeypatch):
    url = f"postgresql://ada:{CANARY}@db.example/town?password={CANARY}"
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__STORAGE", url)
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__BLOBS", f"s3://KEY:{CANARY}@pictures/town?region={CANARY}")
    monkeypatch.setenv("MICROBLOG_JOBS__BROKER", f"redis://:{CANARY}@broker.example")
    shown = CliRunner().invoke(cli, ["--data", str(tmp_path), "config", "show"]).output
    assert '"postgresql://***@db.example/town"' in shown
    assert '"s3://***@pictures/town"' in shown
    assert "MICROBLOG_JOBS__BROKER" in shown
    assert CANARY not in shown


async def pages(port: int) -> dict[str, str]:
    async with Browser(port) as browser:
        assert (await log_in(browser, "ada", PASSWORD)).acknowledged
        paths = ["/admin", "/admin/plugins", "/admin/health", "/admin/jobs", "/x/leaky/spill"]
        found = {path: await browser.get(path) for path in paths}
        assert found["/x/leaky/spill"].status == 500
        assert {page.status for path, page in found.items() if path.startswith("/admin")} == {200}
        async with asyncio.timeout(20):
            failed = found["/admin/jobs/failed"] = await browser.get("/admin/jobs/failed")
            while "leaky.spill" not in failed.text:
                await asyncio.sleep(0.05)
                failed = found["/admin/jobs/failed"] = await browser.get("/admin/jobs/failed")
        return {path: page.text for path, page in found.items()}


def test_a_site_in_which_everything_breaks_shows_none(tmp_path: Path, plugin_folder, monkeypatch):
    plugin_folder.add("leaky", plugins=LEAKY, web=LEAKY_WEB)
    plugin_folder.add("hasty", plugins=SPILLS_AT_ONCE)
    monkeypatch.syspath_prepend(plugin_folder.env["PYTHONPATH"])
    tables = [*core_tables(), *plugin_tables()[0]]
    secrets = planted(tables)
    named = {name.removeprefix("MICROBLOG_PLUGINS__").partition("__")[0] for name in secrets}
    assert named >= {"EMAIL", "STRIPE", "RAZORPAY", "REDIS", "S3", "PROMETHEUS", "LEAKY", "HASTY"}
    # The broker's is the one that would keep the jobs from being run here.
    del secrets["MICROBLOG_JOBS__BROKER"]
    secrets["MICROBLOG_PLUGINS__LEAKY__KEYS"] = f"{CANARY}-a, {CANARY}-b"
    secrets["MICROBLOG_PLUGINS__LEAKY__NAMED"] = f'{{"one": {{"password": "{CANARY}-c"}}}}'
    data, env = tmp_path / "data", {**plugin_folder.env}
    for name, value in secrets.items():
        # Half of them as files.
        if len(env) % 2 and not value.startswith("{"):
            (tmp_path / name).write_text(value)
            env[f"{name}_FILE"] = str(tmp_path / name)
        else:
            env[name] = value
    for name, value in env.items():
        if name != "PYTHONPATH":
            monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["--data", str(data), *arguments]).output

    run("init")
    run("migrate")
    person = ("--email", "ada@example.org", "--password", PASSWORD, "--role", "administrator")
    assert "ada" in run("users", "create", "ada", *person)
    with site_server(data, env=env) as server:
        shown = asyncio.run(pages(server.port))
        assert server.terminate() == 0
        shown["log"] = server.output()
    commands = ["doctor", "plugins list --json", "plugins show hasty", "config show --all", "jobs list"]
    commands += ["config reference --json"]
    shown |= {command: run(*command.split()) for command in commands}
    # That these say something of what went wrong shows that they were asked.
    for place in ("log", "/admin/jobs/failed", "/admin/health", "plugins show hasty"):
        assert "I was given" in shown[place], place
    assert "***" in shown["config show --all"]
    assert {place for place, text in shown.items() if CANARY in text} == set()
    with closing(sqlite3.connect(data / "microblog.db")) as file:
        assert [row for row in file.execute("SELECT error FROM jobs") if CANARY in str(row)] == []
