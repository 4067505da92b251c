"""Plugins' own tables, from the hook to the database and back, on both databases."""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from microblog_core.cli.main import cli
from microblog_core.contributions import Manifest, Migration
from microblog_core.domain.errors import ConfigurationError, PluginError
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.tables import select
from microblog_core.runtime.plugin_tables import migrate_tables, stored_version
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.revision import HEAD

ONE = Migration(
    version=1,
    up=("CREATE TABLE x_garden_beds (id BIGINT PRIMARY KEY)", "INSERT INTO x_garden_beds (id) VALUES (7)"),
    down=("DROP TABLE x_garden_beds",),
)
TWO = Migration(
    version=2,
    up=(
        "ALTER TABLE x_garden_beds ADD COLUMN label TEXT",
        "CREATE INDEX x_garden_beds_label ON x_garden_beds (label)",
        "UPDATE x_garden_beds SET label = 'roses'",
    ),
    down=("DROP INDEX x_garden_beds_label", "ALTER TABLE x_garden_beds DROP COLUMN label"),
)
WRONG = Migration(version=2, up=("UPDATE x_garden_beds SET id = 8", "CREATE TABLE x_garden_beds (id BIGINT)"))


def garden(*steps, name="garden", **manifest):
    return {
        name: SimpleNamespace(
            PLUGIN=Manifest(name=name, **manifest), register_migrations=hookimpl(lambda: steps)
        )
    }


@pytest.fixture
async def postgres_garden(postgres_own):
    storage = PostgresStorage(postgres_own)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture(
    params=["sqlite_storage", pytest.param("postgres_garden", marks=pytest.mark.postgresql)],
    ids=["sqlite", "postgresql"],
)
def storage(request):
    return request.getfixturevalue(request.param)


async def test_tables_go_forward_and_back_with_what_is_in_them(storage):
    assert await migrate_tables(storage, "garden", [ONE]) == (0, 1)
    assert await migrate_tables(storage, "garden", [ONE, TWO]) == (1, 2)
    chosen = "SELECT id, label FROM x_garden_beds"
    assert [tuple(row) for row in await select(storage, chosen)] == [(7, "roses")]
    assert await migrate_tables(storage, "garden", [ONE, TWO], 1) == (2, 1)
    with pytest.raises(PluginError):
        await select(storage, chosen)
    assert await migrate_tables(storage, "garden", [ONE, TWO]) == (1, 2)
    assert [tuple(row) for row in await select(storage, chosen)] == [(7, "roses")]
    assert await migrate_tables(storage, "garden", [ONE, TWO], 0) == (2, 0)
    assert await stored_version(storage, "garden") == 0


async def test_a_step_that_fails_leaves_nothing_of_itself(storage):
    with pytest.raises(PluginError, match="Migration 2 of the tables of the plugin garden failed"):
        await migrate_tables(storage, "garden", [ONE, WRONG])
    assert await stored_version(storage, "garden") == 1
    assert [tuple(row) for row in await select(storage, "SELECT id FROM x_garden_beds")] == [(7,)]


async def test_of_several_that_begin_the_same_steps_each_finds_them_done_once(storage):
    done = await asyncio.gather(*(migrate_tables(storage, "garden", [ONE, TWO]) for _ in range(5)))
    assert {after for _, after in done} == {2}
    assert len(await select(storage, "SELECT id FROM x_garden_beds")) == 1


async def test_versions_that_there_are_not_and_ways_that_there_are_not_are_refused(sqlite_storage):
    final = Migration(version=1, up=ONE.up)
    await migrate_tables(sqlite_storage, "garden", [final])
    for steps, to in (([final], 2), ([], None)):
        with pytest.raises(ConfigurationError, match="can't be brought to"):
            await migrate_tables(sqlite_storage, "garden", steps, to)
    with pytest.raises(ConfigurationError, match="no way back"):
        await migrate_tables(sqlite_storage, "garden", [final], 0)


async def test_a_site_on_one_file_makes_them_when_it_opens(sqlite_url):
    for steps, version in (((ONE,), 1), ((ONE, TWO), 2)):
        async with site_with(garden(*steps), installed=["sql"], storage=sqlite_url) as site:
            assert report_of(site, "garden").state == "active", report_of(site, "garden").reason
            assert await stored_version(site.storage, "garden") == version
    async with site_with(garden(ONE), installed=["sql"], storage=sqlite_url) as site:
        report = report_of(site, "garden")
        assert report.state == "broken"
        assert "at version 2" in report.reason


async def test_where_steps_fail_the_plugin_falls_out_and_the_site_opens(sqlite_url):
    plugins = {**garden(ONE, WRONG), **garden(name="lawn")}
    async with site_with(plugins, installed=["sql"], storage=sqlite_url) as site:
        assert report_of(site, "garden").state == "broken"
        assert report_of(site, "garden").reason.startswith("Migration 2 of the tables")
        assert report_of(site, "lawn").state == "active"
        assert site.contributions.migrations == ()


@pytest.mark.postgresql
async def test_on_a_server_the_command_comes_first(postgres_garden, postgres_own):
    async with site_with(garden(ONE), installed=["sql"], storage=postgres_own) as site:
        report = report_of(site, "garden")
        assert (report.state, report.hint) == ("broken", "Run `microblog migrate`.")
    await migrate_tables(postgres_garden, "garden", [ONE])
    async with site_with(garden(ONE), installed=["sql"], storage=postgres_own) as site:
        assert report_of(site, "garden").state == "active"


def test_a_storage_without_statements_leaves_the_plugin_out():
    report = report_of(site_with(garden(ONE)), "garden")
    assert (report.state, report.reason) == ("unavailable", "needs a storage with the capability 'sql'")


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((TWO,), "migration 2 stands where 1 should"),
        ((Migration(version=1, up=()),), "does nothing"),
        ((Migration(version=1, up=("DROP TABLE posts",)),), "not about a table x_garden_"),
        ((Migration(version=1, up=ONE.up, down=("DELETE FROM posts",)),), "not about a table x_garden_"),
        ((Migration(version=1, up=("CREATE INDEX x_garden_i ON posts (id)",)),), "not about a table"),
        ((Migration(version=1, up=("VACUUM",)),), "not about a table"),
    ],
    ids=["gap", "empty", "core's table", "core's rows", "core's index", "no statement"],
)
def test_steps_that_can_not_be_right_break_the_plugin(sqlite_url, steps, reason):
    report = report_of(site_with(garden(*steps), installed=["sql"], storage=sqlite_url), "garden")
    assert report.state == "broken"
    assert reason in report.reason


def test_two_plugins_do_not_share_a_table(sqlite_url):
    mine, other = (Migration(version=1, up=("CREATE TABLE x_garden_beds_old (id BIGINT)",)) for _ in range(2))
    plugins = {**garden(mine), **garden(other, name="garden-beds")}
    site = site_with(plugins, installed=["sql"], storage=sqlite_url)
    assert report_of(site, "garden").state == "active"
    assert "'x_garden_beds_old' is taken by the plugin 'garden'" in report_of(site, "garden-beds").reason


GARDEN = """
from microblog_core.contributions import Manifest, Migration
from microblog_core.hookspecs import hookimpl

PLUGIN = Manifest(name="garden")

@hookimpl
def register_migrations():
    return [
        Migration(version=1, up=("CREATE TABLE x_garden_a (id BIGINT)",), down=("DROP TABLE x_garden_a",)),
        Migration(version=2, up=("CREATE TABLE x_garden_b (id BIGINT)",), down=("DROP TABLE x_garden_b",)),
    ]
"""


def test_the_command_takes_them_there_and_back(migrated_file, tmp_path, monkeypatch):
    (tmp_path / "garden_plugin.py").write_text(GARDEN)
    installed = tmp_path / "garden_plugin-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: garden-plugin\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[microblog.plugins]\ngarden = garden_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MICROBLOG_SECRET_KEY", "00" * 32)
    # An own one with tables.
    monkeypatch.setenv("MICROBLOG_PLUGINS__DISABLED", '["linkpreviews"]')
    shutil.copy(migrated_file, tmp_path / "microblog.db")

    def migrate(*arguments):
        ended = CliRunner().invoke(cli, ["--data", str(tmp_path), "migrate", *arguments])
        return ended.exit_code, ended.output

    schema = f"stored: {HEAD}\nneeded: {HEAD}\n"
    assert migrate("--status") == (1, f"{schema}garden: stored 0, needed 2\n")
    assert "tables of the plugin garden from 0 to 2" in migrate()[1]
    assert migrate("--status") == (0, f"{schema}garden: stored 2, needed 2\n")
    assert "garden from 2 to 1" in migrate("--plugin", "garden", "--to", "1")[1]
    assert "garden from 1 to 2" in migrate("--plugin", "garden")[1]
    assert "garden are at 2 already" in migrate()[1]
    for wrong in (("lawn",), ("garden", "--to", "base"), ("garden", "--to", "9")):
        code, _ = migrate("--plugin", *wrong)
        assert code == 1
    assert migrate("--status")[0] == 0
    assert "garden from 2 to 0" in migrate("--to", "base")[1]
    assert "garden from 0 to 2" in migrate()[1]
